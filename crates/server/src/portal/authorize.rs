//! Letting in a program that sent the browser here (OAuth 2.0 authorization code with PKCE): it gets a code at an
//! address of this very computer that it registered, and nowhere else.

use super::Pending;
use super::answer::Answer;
use super::device::{Approve, GETS};
use super::door::{self, AuthorizationAsked};
use super::visit::Visit;

/// What an OAuth client says, and what the form says again.
const SAID: [&str; 6] =
    ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"];

/// Shows who asks. What is wrong is told here and not to the address, which nobody has vouched for yet.
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let said = SAID.map(|name| (name, visit.parameter(name)));
        let asked = door::find_authorization(visit, &of(&said));
        let asked = asked.map_err(|refusal| refusal.answer("Not let in"))?;
        let page = Approve {
            token: visit.token(),
            person: &person.name,
            code: "",
            client: &asked.client,
            from: visit.facts.source_ip.to_string(),
            when: asked.when.iso_seconds(),
            gets: GETS,
            action: "/_portcullis/portal/authorize",
            fields: said.to_vec(),
        };
        Ok(Answer::page(&page).leading_to(&asked.redirect_origin))
    })
}

/// Takes the answer, and sends the browser to the program with it.
pub fn take<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let said = SAID.map(|name| (name, visit.field(name)));
        let is_allowed = visit.field("answer") == "allow";
        let sent = door::decide_authorization(visit, &person, &of(&said), is_allowed).await;
        Ok(Answer::see_other(&sent.map_err(|refusal| refusal.answer("Not let in"))?))
    })
}

fn of<'a>(said: &[(&'static str, &'a str); 6]) -> AuthorizationAsked<'a> {
    let [(_, response_type), (_, client_id), (_, redirect_uri), (_, state), (_, challenge), (_, method)] =
        *said;
    AuthorizationAsked { response_type, client_id, redirect_uri, state, challenge, method }
}
