//! Where a person is signed in, and signing out there.

use askama::Template;

use super::Pending;
use super::answer::Answer;
use super::door::{self, Session};
use super::visit::Visit;

const HERE: &str = "/_portcullis/portal/sessions";

#[derive(Template)]
#[template(path = "portal/sessions.html")]
struct Page<'a> {
    token: String,
    person: &'a str,
    sessions: Vec<Session>,
}

/// Shows them.
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let sessions = door::sessions(visit, &person);
        Ok(Answer::page(&Page { token: visit.token(), person: &person.name, sessions }))
    })
}

/// Ends one.
pub fn end<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let ended = door::end_session(visit, &person, visit.field("session")).await;
        ended.map_err(|refusal| refusal.answer("Not ended"))?;
        Ok(Answer::see_other(HERE))
    })
}
