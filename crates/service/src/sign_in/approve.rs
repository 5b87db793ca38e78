//! What somebody who has signed in says to a client that wants to be let in: one that shows a code, or one that sent the
//! browser (OAuth 2.0 authorization code with PKCE).

use std::sync::Arc;

use portcullis_base::Timestamp;
use serde_json::json;

use super::client::{self, Client};
use super::device::Shown;
use super::session::SignedIn;
use super::{event, grant, refused, write};
use crate::error::ApiError;
use crate::port::Facts;
use crate::service::Service;

/// The grant that a client must have registered to send a browser.
const GRANT: &str = "authorization_code";
/// Characters of a challenge: SHA-256 in base64url (RFC 7636 section 4.2).
const CHALLENGE_CHARS: usize = 43;
/// The longest state that is handed back.
const STATE_MAX: usize = 1024;

/// What is asked of whoever holds the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The client may act as them.
    Yes,
    /// It may not.
    No,
}

impl Said {
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "Approved",
            Self::No => "Denied",
        }
    }
}

/// The client that waits under a code.
///
/// # Errors
/// 404 for a code that nobody waits under, 429 after too many of those.
pub fn waiting(service: &Service, who: &SignedIn, code: &str) -> Result<Shown, ApiError> {
    service.sign_in.waiting.find(&who.user.id, code, service.world.clock.now())
}

/// Says yes or no to it.
///
/// # Errors
/// As for [`waiting`]; 503 when it could not be recorded.
pub async fn device(
    service: &Arc<Service>,
    facts: &Facts,
    who: &SignedIn,
    code: &str,
    said: Said,
) -> Result<(), ApiError> {
    let shown = waiting(service, who, code)?;
    let from = shown.from.to_canonical().to_string();
    // Recorded first: nobody is let in of whom it is not written down.
    record(service, facts, who, "AuthorizeDevice", said, &shown.client, &from).await?;
    let desk = &service.sign_in.waiting;
    let (now, is_yes) = (service.world.clock.now(), said == Said::Yes);
    desk.decide(&who.user.id, &who.session.id, code, is_yes, now).map(drop)
}

async fn record(
    service: &Arc<Service>,
    facts: &Facts,
    who: &SignedIn,
    name: &'static str,
    said: Said,
    client: &str,
    from: &str,
) -> Result<(), ApiError> {
    write(service, |_, _, _| {
        let details = json!({
            "outcome": said.word(), "clientName": client, "requestedFrom": from,
            "userId": who.user.id, "credentialId": who.session.id,
        });
        Ok(((), vec![event(service, name, who, facts, details)]))
    })
    .await
}

/// What a client sent the browser with (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// `response_type`: `code`.
    pub response_type: &'a str,
    /// `client_id`.
    pub client_id: &'a str,
    /// `redirect_uri`: where the answer goes.
    pub redirect_uri: &'a str,
    /// `state`: handed back as it is.
    pub state: &'a str,
    /// `code_challenge`.
    pub challenge: &'a str,
    /// `code_challenge_method`: `S256`.
    pub method: &'a str,
}

/// The client that sent the browser, if everything is as it must be. Nothing is told to an address before that.
///
/// # Errors
/// 400 with what is wrong.
pub fn client_of(service: &Service, asked: &Asked<'_>, now: Timestamp) -> Result<Client, ApiError> {
    let client = client::named(service, asked.client_id).filter(|client| now < client.expires);
    let client = client.ok_or_else(|| refused(400, "No client of this id is registered."))?;
    let is_registered =
        client.redirects.iter().any(|registered| grant::is_registered(registered, asked.redirect_uri));
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_challenge = asked.challenge.len() == CHALLENGE_CHARS && asked.challenge.bytes().all(is_token);
    let text = if !is_registered {
        "The client did not register the address to which the answer would go."
    } else if asked.response_type != "code" || !client.may(GRANT) {
        "The client did not register for this kind of grant."
    } else if asked.method != "S256" || !is_challenge {
        "The client must send a code challenge of the method S256."
    } else if asked.state.len() > STATE_MAX {
        "The client sent too long a state."
    } else {
        return Ok(client);
    };
    Err(refused(400, text))
}

/// Says yes or no to it: gives the code with which the client goes on, if it is a yes.
///
/// # Errors
/// As for [`client_of`]; 503 when it could not be recorded.
pub async fn browser(
    service: &Arc<Service>,
    facts: &Facts,
    who: &SignedIn,
    asked: &Asked<'_>,
    said: Said,
) -> Result<Option<String>, ApiError> {
    let client = client_of(service, asked, service.world.clock.now())?;
    let from = facts.source_ip.to_canonical().to_string();
    record(service, facts, who, "Authorize", said, &client.name, &from).await?;
    let code = || grant::made(service, &who.session.id, &client.id, asked.redirect_uri, asked.challenge);
    Ok((said == Said::Yes).then(code))
}
