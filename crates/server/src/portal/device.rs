//! Letting in a command line that shows a code: what asks is shown with where it asked from, and only somebody who has
//! signed in says yes or no.

use askama::Template;

use portcullis_service::sign_in::approve::Said;

use super::Pending;
use super::answer::Answer;
use super::door::{self, Refusal};
use super::visit::Visit;

#[derive(Template)]
#[template(path = "portal/device.html")]
struct Page<'a> {
    token: String,
    person: &'a str,
    code: &'a str,
    refusal: Option<&'a str>,
}

/// What a person sees before a program is let in; also where it came through the browser.
#[derive(Template)]
#[template(path = "portal/approve.html")]
pub struct Approve<'a> {
    /// The form's token.
    pub token: String,
    /// Who lets it in.
    pub person: &'a str,
    /// The code that it shows; empty where it shows none.
    pub code: &'a str,
    /// How it calls itself.
    pub client: &'a str,
    /// From which address it asked.
    pub from: String,
    /// When.
    pub when: String,
    /// What it gets.
    pub gets: &'a str,
    /// Where the answer goes.
    pub action: &'a str,
    /// What goes with it.
    pub fields: Vec<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "portal/told.html")]
struct Told<'a> {
    token: String,
    person: &'a str,
    title: &'a str,
    text: &'a str,
}

/// What every client of the portal gets, whatever it asks for (sso-oidc knows no smaller scope that would bind).
pub const GETS: &str = "Your accounts and roles: it can take credentials of each of them until you sign out.";

/// Asks for the code, or shows what asks under it.
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let code = visit.parameter("user_code");
        if code.is_empty() {
            return Ok(asked(visit, &person.name, "", None));
        }
        let found = match door::waiting(visit, &person, code) {
            Ok(found) => found,
            Err(refusal) => return Ok(asked(visit, &person.name, code, Some(&refusal))),
        };
        Ok(Answer::page(&Approve {
            token: visit.token(),
            person: &person.name,
            code: &found.code,
            client: &found.client,
            from: found.from.to_canonical().to_string(),
            when: found.at.iso_seconds(),
            gets: GETS,
            action: "/_portcullis/portal/device",
            fields: vec![("user_code", &found.code)],
        }))
    })
}

fn asked(visit: &Visit<'_>, person: &str, code: &str, refusal: Option<&Refusal>) -> Answer {
    let page =
        Page { token: visit.token(), person, code, refusal: refusal.map(|refusal| refusal.text.as_str()) };
    match refusal {
        Some(refusal) => Answer::page_of(refusal.status, &page),
        None => Answer::page(&page),
    }
}

/// The answer that a form has. Whatever is not a clear yes is a no.
pub fn said(visit: &Visit<'_>) -> Said {
    if visit.field("answer") == "allow" { Said::Yes } else { Said::No }
}

/// Takes the answer.
pub fn take<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let code = visit.field("user_code");
        let said = said(visit);
        if let Err(refusal) = door::decide_device(visit, &person, code, said).await {
            return Ok(asked(visit, &person.name, code, Some(&refusal)));
        }
        let (title, text) = match said {
            Said::Yes => ("Let in", "Your command line goes on by itself. You can close this page."),
            Said::No => (
                "Denied",
                "It was not let in. If you did not start it yourself, somebody else wanted to be you.",
            ),
        };
        Ok(Answer::page(&Told { token: visit.token(), person: &person.name, title, text }))
    })
}
