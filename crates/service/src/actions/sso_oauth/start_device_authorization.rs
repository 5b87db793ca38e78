//! StartDeviceAuthorization: a client waits to be let in, and shows its user where (RFC 8628 section 3.2).

use portcullis_base::Value;

use super::caller::{anybody, row};
use super::fault::{self, refuse};
use super::register_client::origin;
use crate::action::{Ask, Handler, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::sign_in::{client, device};

/// Where people let clients in.
const PORTAL: &str = "/_portcullis/portal/";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The action.
pub const ROW: Row = row(
    "StartDeviceAuthorization",
    &["sso-oauth:StartDeviceAuthorization"],
    |ask| anybody(ask, "sso-oauth:StartDeviceAuthorization"),
    &["clientSecret"],
    Handler::Read(answer),
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let client = known(ask)?;
    let start = ask.input.text("startUrl").ok_or_else(|| refuse(fault::REQUEST, "startUrl is missing."))?;
    // The start page is this portal, whatever name leads to it.
    let path = start.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let is_ours = path.is_some_and(|path| {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        format!("/{}/", path.trim_end_matches('/')) == PORTAL
    });
    if !is_ours {
        let message = format!("startUrl is not the start page of this portal, {}{PORTAL}.", origin(ask));
        return Err(refuse(fault::REQUEST, &message));
    }
    if !client.may(DEVICE) {
        return Err(refuse(fault::UNAUTHORIZED, "The client is not registered for this grant."));
    }
    let codes = ask.service.sign_in.waiting.begin(ask.service, client, ask.facts.source_ip);
    let page = format!("{}{PORTAL}device", origin(ask));
    Ok(Value::structure()
        .with("deviceCode", codes.device)
        .with("userCode", codes.user.as_str())
        .with("verificationUri", page.as_str())
        .with("verificationUriComplete", format!("{page}?user_code={}", codes.user))
        .with("expiresIn", i64::try_from(device::LIFE.as_secs()).unwrap_or_default())
        .with("interval", i64::try_from(device::INTERVAL_S).unwrap_or_default()))
}

/// The client that the request is of.
///
/// # Errors
/// `InvalidClientException`.
pub fn known(ask: &Ask<'_>) -> Result<client::Client, ApiError> {
    let (id, secret) = (ask.input.text("clientId"), ask.input.text("clientSecret"));
    let found = client::opened(ask.service, id.unwrap_or_default(), secret.unwrap_or_default());
    let found = found.filter(|client| ask.now < client.expires);
    found
        .ok_or_else(|| refuse(fault::CLIENT, "The client is not registered, or no longer: register it anew."))
}
