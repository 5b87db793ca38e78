//! Letting in a program that sent the browser here (OAuth 2.0 authorization code with PKCE): it gets a code at an
//! address of this very computer that it registered, and nowhere else.

use portcullis_service::sign_in::approve::Asked;

use super::Pending;
use super::answer::Answer;
use super::device::{Approve, GETS, said};
use super::door;
use super::visit::Visit;

/// What an OAuth client says, and what the form says again.
const SAID: [&str; 6] =
    ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"];

/// Shows who asks. What is wrong is told here and not to the address, which nobody has vouched for yet.
pub fn ask<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let fields = SAID.map(|name| (name, visit.parameter(name)));
        let asked = of(&fields);
        let client = door::client_of(visit, &asked).map_err(|refusal| refusal.answer("Not let in"))?;
        let page = Approve {
            token: visit.token(),
            person: &person.name,
            code: "",
            client: &client,
            from: visit.facts.source_ip.to_canonical().to_string(),
            when: visit.bridge.service.world.clock.now().iso_seconds(),
            gets: GETS,
            action: "/_portcullis/portal/authorize",
            fields: fields.to_vec(),
        };
        Ok(Answer::page(&page).leading_to(&origin(asked.redirect_uri)?))
    })
}

/// Takes the answer, and sends the browser to the program with it.
pub fn take<'a>(visit: &'a Visit<'a>) -> Pending<'a> {
    Box::pin(async move {
        let person = visit.person()?;
        let fields = SAID.map(|name| (name, visit.field(name)));
        let asked = of(&fields);
        origin(asked.redirect_uri)?;
        let code = door::decide_browser(visit, &person, &asked, said(visit)).await;
        let code = code.map_err(|refusal| refusal.answer("Not let in"))?;
        Ok(Answer::see_other(&back(&asked, code.as_deref())))
    })
}

/// The way back to the client (RFC 6749 sections 4.1.2 and 4.1.2.1).
fn back(asked: &Asked<'_>, code: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    match code {
        Some(code) => query.append_pair("code", code),
        None => query.append_pair("error", "access_denied"),
    };
    if !asked.state.is_empty() {
        query.append_pair("state", asked.state);
    }
    let mark = if asked.redirect_uri.contains('?') { '&' } else { '?' };
    format!("{}{mark}{}", asked.redirect_uri, query.finish())
}

fn of<'a>(said: &[(&'static str, &'a str); 6]) -> Asked<'a> {
    let [(_, response_type), (_, client_id), (_, redirect_uri), (_, state), (_, challenge), (_, method)] =
        *said;
    Asked { response_type, client_id, redirect_uri, state, challenge, method }
}

/// The origin of an address of this computer, which a header can have in it: nothing but a host and a port.
fn origin(address: &str) -> Result<String, Answer> {
    let rest = address.strip_prefix("http://").unwrap_or_default();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let is_port = port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit());
    if host == "127.0.0.1" && is_port {
        return Ok(format!("http://{host}:{port}"));
    }
    // Policies can name no address but this one (CSP Level 3, "match a host-source").
    Err(door::unknown_address().answer("Not let in"))
}
