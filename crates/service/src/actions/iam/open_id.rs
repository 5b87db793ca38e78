//! OpenID Connect providers: named by their ARN, which holds the issuer's URL without its scheme.

use std::sync::Arc;

use portcullis_base::{AccountId, Arn, Tags, Value};
use portcullis_store::record::OidcProviderRecord;

use super::target::{self, Target, named_by_arn, stored};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::snapshot::{OidcProvider, Snapshot, Table};

/// The scheme that every issuer's URL has.
const SCHEME: &str = "https://";
/// Thumbprints of one provider (IAM quotas).
const THUMBPRINTS_MAX: usize = 5;
/// Client ids of one provider (IAM quotas).
const CLIENT_IDS_MAX: usize = 100;

impl Target for OidcProvider {
    stored!(OidcProviderRecord, oidc_providers, put_oidc_provider);
    const WORD: &'static str = "oidc-provider";
    const TITLE: &'static str = "OpenIdConnectProvider";
    const MEMBER: &'static str = "OpenIDConnectProviderArn";
    const KIND: &'static str = "AWS::IAM::OIDCProvider";
    const QUOTA: (&'static str, &'static str) = ("oidc-providers", "OpenIdConnectProvidersPerAccount");
    const HAS_IAM_TAGS: bool = false;

    named_by_arn!();

    fn absent(text: &str) -> ApiError {
        ApiError::no_such_entity(format!("OpenIDConnect Provider not found for arn {text}"))
    }

    fn taken(name: &str) -> ApiError {
        ApiError::already_exists(format!("Provider with url {SCHEME}{name} already exists."))
    }
}

/// What the issuer's URL in the input names a provider: all after the scheme. The issuer in a token is compared with it
/// letter by letter, so it is kept as it is given.
///
/// # Errors
/// `InvalidInput` for anything but `https`, a port, a query and the like (IAM API reference,
/// CreateOpenIDConnectProvider: `Url`).
pub fn name_of_url<'a>(ask: &Ask<'a>) -> Result<&'a str, ApiError> {
    let url = ask.text("Url")?;
    let invalid =
        |why: &str| ApiError::invalid_input(format!("Invalid Open ID Connect Provider URL: {why}."));
    let name = url.strip_prefix(SCHEME).ok_or_else(|| invalid("it must begin with https://"))?;
    let (host, path) = name.split_once('/').unwrap_or((name, ""));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if host.contains(':') {
        return Err(invalid("it must not name a port"));
    }
    if !host.split('.').all(is_label) {
        return Err(invalid("it names no host"));
    }
    // What may stand in a path (RFC 3986 section 3.3), without the wildcards and variables of policies.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!'(),;=:@+%/&".contains(&byte);
    if !path.bytes().all(is_plain) {
        return Err(invalid("it must not have a query, a fragment or characters that a path cannot have"));
    }
    Ok(name)
}

/// The client ids in the input, each once.
///
/// # Errors
/// `LimitExceeded`.
pub fn client_ids(ask: &Ask<'_>) -> Result<Vec<String>, ApiError> {
    let mut ids: Vec<String> = Vec::new();
    for id in ask.input.list("ClientIDList").iter().filter_map(Value::as_text) {
        add_client_id(&mut ids, id)?;
    }
    Ok(ids)
}

/// Adds a client id, unless it is there already.
///
/// # Errors
/// `LimitExceeded`.
pub fn add_client_id(ids: &mut Vec<String>, id: &str) -> Result<(), ApiError> {
    if ids.iter().any(|held| held == id) {
        return Ok(());
    }
    if ids.len() >= CLIENT_IDS_MAX {
        return Err(ApiError::limit_exceeded(format!(
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {CLIENT_IDS_MAX}"
        )));
    }
    ids.push(id.to_owned());
    Ok(())
}

/// The thumbprints in the input.
///
/// # Errors
/// `InvalidInput` for too many, and for one that is not of hexadecimal digits.
pub fn thumbprints(ask: &Ask<'_>) -> Result<Vec<String>, ApiError> {
    let given: Vec<&str> = ask.input.list("ThumbprintList").iter().filter_map(Value::as_text).collect();
    if given.len() > THUMBPRINTS_MAX {
        return Err(ApiError::invalid_input(format!(
            "Thumbprint list must contain at most {THUMBPRINTS_MAX} entries."
        )));
    }
    if let Some(odd) = given.iter().find(|print| !print.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Err(ApiError::invalid_input(format!("Thumbprint {odd} is not of 40 hexadecimal digits.")));
    }
    Ok(given.into_iter().map(str::to_owned).collect())
}
