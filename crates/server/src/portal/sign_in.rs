//! Signing in: first the name, then the password and, for those who have one, the authenticator's code. Which of these
//! was wrong is not told.

use askama::Template;

use super::answer::Answer;
use super::cookie::{SESSION, VISIT};
use super::visit::Visit;
use super::{Pending, door, next};

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
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let next = next::safe(visit.parameter("next"));
        Ok(Answer::page(&Page { token: visit.token(), next, name: "", is_named: false, refusal: None }))
    })
}

/// Takes the name, and then the rest.
pub fn take<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let (name, password) = (visit.field("name"), visit.field("password"));
        let next = next::safe(visit.field("next"));
        let mut page = Page { token: visit.token(), next, name, is_named: !name.is_empty(), refusal: None };
        if name.is_empty() || password.is_empty() {
            return Ok(Answer::page(&page));
        }
        match door::sign_in(visit, name, password, visit.field("code")).await {
            // A session never goes on under what somebody held before it began.
            Ok(secret) => Ok(Answer::see_other(next)
                .with_cookie(SESSION.set(secret.expose_text()))
                .with_cookie(VISIT.clear())),
            Err(refusal) => {
                page.refusal = Some(&refusal.text);
                Ok(Answer::page_of(refusal.status, &page))
            }
        }
    })
}

/// Ends the session, here and wherever its tokens are.
pub fn leave<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        if let Some(secret) = visit.session_secret() {
            door::sign_out(visit, secret).await.map_err(|refusal| refusal.answer("Not signed out"))?;
        }
        Ok(Answer::see_other("/_portcullis/portal/sign-in").with_cookie(SESSION.clear()))
    })
}
