//! An authenticator app: set up with two of its codes, and taken away with one.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;

use super::answer::Answer;
use super::door::{self, Refusal};
use super::visit::Visit;
use super::{PORTAL, Pending};

const HERE: &str = "/_portcullis/portal/authenticator";

#[derive(Template)]
#[template(path = "portal/authenticator.html")]
struct Page<'a> {
    token: String,
    person: &'a str,
    is_enrolled: bool,
    refusal: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "portal/enrol.html")]
struct Enrol<'a> {
    token: String,
    person: &'a str,
    key: &'a str,
    picture: String,
    refusal: Option<&'a str>,
}

/// Shows whether there is one.
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move { shown(visit, None) })
}

fn shown(visit: &Visit<'_>, refusal: Option<&Refusal>) -> Result<Answer, Answer> {
    let person = visit.person()?;
    let page = Page {
        token: visit.token(),
        person: &person.name,
        is_enrolled: person.has_authenticator,
        refusal: refusal.map(|refusal| refusal.text.as_str()),
    };
    Ok(Answer::page_of(refusal.map_or(StatusCode::OK, |refusal| refusal.status), &page))
}

/// Begins to set one up: the key is on this page and on no other.
pub fn begin<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        match door::begin_enrolment(visit, &person, visit.field("password")).await {
            Ok(begun) => Ok(Answer::page(&Enrol {
                token: visit.token(),
                person: &person.name,
                key: begun.key.expose_text(),
                picture: format!("data:image/png;base64,{}", STANDARD.encode(&begun.picture)),
                refusal: None,
            })),
            Err(refusal) => shown(visit, Some(&refusal)),
        }
    })
}

/// Ends setting it up.
pub fn enrol<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        match door::end_enrolment(visit, &person, visit.field("first"), visit.field("second")).await {
            Ok(()) => Ok(Answer::see_other(HERE)),
            Err(refusal) => shown(visit, Some(&refusal)),
        }
    })
}

/// Takes it away.
pub fn remove<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        match door::remove_authenticator(visit, &person, visit.field("password"), visit.field("code")).await {
            Ok(()) => Ok(Answer::see_other(PORTAL)),
            Err(refusal) => shown(visit, Some(&refusal)),
        }
    })
}
