//! RegisterClient: whoever wants to be a client is one, for ninety days (RFC 7591). Nothing is stored.

use portcullis_base::Value;

use super::caller::{anybody, row};
use super::fault::{self, refuse};
use crate::action::{Handler, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::sign_in::client::{self, Client};
use crate::sign_in::grant::is_loopback;

/// Grants that a client can ask with.
pub const GRANTS: [&str; 3] =
    ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];
/// Texts of a list, and letters of all of them: they go into the client's secret.
const LIST_MAX: usize = 20;
const TEXT_MAX: usize = 1024;

/// The action.
pub const ROW: Row = row(
    "RegisterClient",
    &["sso-oauth:RegisterClient"],
    |ask| anybody(ask, "sso-oauth:RegisterClient"),
    &[],
    Handler::Read(answer),
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let name =
        ask.input.text("clientName").ok_or_else(|| refuse(fault::REQUEST, "clientName is missing."))?;
    if ask.input.text("clientType") != Some("public") {
        return Err(refuse(fault::METADATA, "clientType must be public."));
    }
    let is_shown = !name.is_empty() && name.chars().count() <= 255 && !name.chars().any(char::is_control);
    if !is_shown {
        return Err(refuse(fault::METADATA, "clientName has 1 to 255 characters that can be shown."));
    }
    let (scopes, grants, redirects) =
        (texts(ask, "scopes")?, texts(ask, "grantTypes")?, texts(ask, "redirectUris")?);
    if let Some(odd) = grants.iter().find(|grant| !GRANTS.contains(&grant.as_str())) {
        return Err(refuse(fault::METADATA, &format!("{} is no grant type here.", shortened(odd))));
    }
    if scopes.iter().any(|scope| scope.chars().any(|letter| letter.is_whitespace() || letter.is_control())) {
        return Err(refuse(fault::SCOPE, "A scope has no blanks."));
    }
    if let Some(odd) = redirects.iter().find(|address| !is_loopback(address)) {
        let message =
            format!("{} is no address to go back to: http://127.0.0.1/… or http://[::1]/….", shortened(odd));
        return Err(refuse(fault::REDIRECT, &message));
    }
    let client = Client {
        id: ask.service.random_id(16),
        name: name.to_owned(),
        scopes,
        grants,
        redirects,
        at: ask.now,
        expires: ask.now.plus(client::LIFE),
    };
    let origin = origin(ask);
    Ok(Value::structure()
        .with("clientId", client.id.as_str())
        .with("clientSecret", client::secret(ask.service, &client))
        .with("clientIdIssuedAt", client.at.seconds())
        .with("clientSecretExpiresAt", client.expires.seconds())
        .with("authorizationEndpoint", format!("{origin}/authorize"))
        .with("tokenEndpoint", format!("{origin}/token")))
}

fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(64).collect()
}

fn texts(ask: &Authorized<'_>, member: &str) -> Result<Vec<String>, ApiError> {
    let given: Vec<String> =
        ask.input.list(member).iter().filter_map(Value::as_text).map(str::to_owned).collect();
    if given.len() > LIST_MAX || given.iter().map(String::len).sum::<usize>() > TEXT_MAX {
        return Err(refuse(fault::METADATA, &format!("{member} is too long.")));
    }
    Ok(given)
}

/// The endpoint as the client addressed it.
pub fn origin(ask: &Authorized<'_>) -> String {
    let scheme = if ask.facts.secure { "https" } else { "http" };
    let host = ask.facts.host.as_str();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let host = if host.bytes().all(is_host) { host } else { "" };
    format!("{scheme}://{host}")
}
