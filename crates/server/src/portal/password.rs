//! A person's own password, changed by whoever knows the one before it.

use askama::Template;
use hyper::StatusCode;

use super::answer::Answer;
use super::cookie::SESSION;
use super::visit::Visit;
use super::{Pending, door, next};

#[derive(Template)]
#[template(path = "portal/password.html")]
struct Page<'a> {
    token: String,
    person: &'a str,
    next: &'a str,
    is_due: bool,
    refusal: Option<&'a str>,
}

/// Asks.
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person_as_is()?;
        Ok(Answer::page(&Page {
            token: visit.token(),
            person: &person.name,
            next: next::safe(visit.parameter("next")),
            is_due: person.is_change_due,
            refusal: None,
        }))
    })
}

/// Changes it.
pub fn take<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person_as_is()?;
        let next = next::safe(visit.field("next"));
        let mut page = Page {
            token: visit.token(),
            person: &person.name,
            next,
            is_due: person.is_change_due,
            refusal: None,
        };
        let (old, new) = (visit.field("old"), visit.field("new"));
        if new != visit.field("again") {
            page.refusal = Some("The new passwords are not the same.");
            return Ok(Answer::page_of(StatusCode::BAD_REQUEST, &page));
        }
        match door::change_password(visit, &person, old, new).await {
            Ok(secret) => Ok(Answer::see_other(next).with_cookie(SESSION.set(secret.expose_text()))),
            Err(refusal) => {
                page.refusal = Some(&refusal.text);
                Ok(Answer::page_of(refusal.status, &page))
            }
        }
    })
}
