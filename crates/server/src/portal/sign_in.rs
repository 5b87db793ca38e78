//! Signing in: first the name, then the password and, for those who have one, the authenticator's code. What is wrong
//! of these is not told.

use askama::Template;
use futures_util::future::BoxFuture;

use super::answer::Answer;
use super::next;
use super::visit::Visit;

#[derive(Template)]
#[template(path = "portal/sign_in.html")]
struct Page<'a> {
    token: String,
    next: &'a str,
    name: &'a str,
    is_named: bool,
    refusal: Option<&'a str>,
}

/// Asks for the name.
pub fn ask<'a>(visit: &'a Visit<'a>) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        Answer::page(&Page {
            token: visit.token(),
            next: next::safe(visit.parameter("next")),
            name: "",
            is_named: false,
            refusal: None,
        })
    })
}

/// Takes the name, and then the password.
pub fn take<'a>(visit: &'a Visit<'a>) -> BoxFuture<'a, Answer> {
    Box::pin(async move {
        let name = visit.field("name").trim();
        Answer::page(&Page {
            token: visit.token(),
            next: next::safe(visit.field("next")),
            name,
            is_named: !name.is_empty(),
            refusal: None,
        })
    })
}
