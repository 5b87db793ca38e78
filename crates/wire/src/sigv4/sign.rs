//! The other side: signs requests, for the product's own command line and for tests.

use portcullis_base::{Secret, Timestamp};

use super::canonical::{self, ALGORITHM, Tokens};
use super::key::SigningKey;
use super::{PayloadMode, Scope};
use crate::frame::{FrameFault, Head, Headers};

/// What a request is signed with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret,
    /// The session token of temporary credentials, kept as well as a secret.
    pub session_token: Option<Secret>,
}

/// Headers that others may change on the way, or that stand for the signature itself.
const NEVER_SIGNED: &[&str] =
    &["authorization", "connection", "expect", "te", "transfer-encoding", "user-agent", "x-amzn-trace-id"];

/// Signs a request in its headers. All of its headers are signed but those that may change on the way; it should
/// have a `host`. Gives back the request with its date, token, payload and Authorization headers.
///
/// `payload` is what the request is to say of its body. Services other than S3 want the hash.
///
/// # Errors
/// [`FrameFault`] if the credentials have characters that no header may have.
pub fn sign(
    head: &Head,
    payload: &PayloadMode,
    credentials: &Credentials,
    scope: &Scope,
    at: Timestamp,
) -> Result<Head, FrameFault> {
    let amz_date = at.amz_date();
    let mut fields: Vec<(&str, &str)> =
        head.headers.iter().filter(|(name, _)| !SET_HERE.contains(name)).collect();
    fields.push(("x-amz-date", &amz_date));
    let payload_line = payload_line(payload);
    if scope.is_s3() {
        fields.push(("x-amz-content-sha256", &payload_line));
    }
    if let Some(token) = &credentials.session_token {
        fields.push(("x-amz-security-token", token.expose_text()));
    }
    let mut signed = Head::new(&head.method, &head.path, head.query.as_deref(), Headers::new(fields)?)?;
    let names = signable(&signed);
    let signature = signature(&signed, &names, &payload_line, credentials, scope, &amz_date);
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id,
        names.join(";"),
    );
    signed.headers.push("authorization", authorization)?;
    Ok(signed)
}

/// Headers that [`sign`] sets itself.
const SET_HERE: &[&str] = &["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

/// Presigns a request: the signature goes into the query string, good for `expires_s` seconds from `at`. The headers
/// of `head` are signed and must be sent along.
///
/// # Errors
/// [`FrameFault`] if the credentials have characters that no query may have.
pub fn presign(
    head: &Head,
    payload: &PayloadMode,
    credentials: &Credentials,
    scope: &Scope,
    at: Timestamp,
    expires_s: u32,
) -> Result<Head, FrameFault> {
    let amz_date = at.amz_date();
    let names = signable(head);
    let mut parameters = vec![
        ("X-Amz-Algorithm", ALGORITHM.to_owned()),
        ("X-Amz-Credential", format!("{}/{scope}", credentials.access_key_id)),
        ("X-Amz-Date", amz_date.clone()),
        ("X-Amz-Expires", expires_s.to_string()),
        ("X-Amz-SignedHeaders", names.join(";")),
    ];
    if let Some(token) = &credentials.session_token {
        parameters.push(("X-Amz-Security-Token", token.expose_text().to_owned()));
    }
    let query = head.query.iter().filter(|query| !query.is_empty()).cloned();
    let parameters = parameters.iter().map(|(name, value)| format!("{name}={}", canonical::encode(value)));
    let query = query.chain(parameters).collect::<Vec<_>>().join("&");
    let with_query = |query: &str| Head::new(&head.method, &head.path, Some(query), head.headers.clone());
    let signature =
        signature(&with_query(&query)?, &names, &payload_line(payload), credentials, scope, &amz_date);
    with_query(&format!("{query}&X-Amz-Signature={signature}"))
}

/// What `x-amz-content-sha256` says for a payload.
fn payload_line(payload: &PayloadMode) -> String {
    match payload {
        PayloadMode::Sha256(hash) => hex::encode(hash),
        PayloadMode::Unsigned => "UNSIGNED-PAYLOAD".to_owned(),
        PayloadMode::StreamingSigned { trailer: false } => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned(),
        PayloadMode::StreamingSigned { trailer: true } => {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned()
        }
        PayloadMode::StreamingUnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned(),
        PayloadMode::Absent => canonical::EMPTY_SHA256.to_owned(),
    }
}

fn signable(head: &Head) -> Vec<String> {
    let names = head.headers.iter().map(|(name, _)| name).filter(|name| !NEVER_SIGNED.contains(name));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn signature(
    head: &Head,
    names: &[String],
    payload_line: &str,
    credentials: &Credentials,
    scope: &Scope,
    amz_date: &str,
) -> String {
    let request = canonical::request(head, scope.path_rule(), names, payload_line, Tokens::Shown);
    let string_to_sign = canonical::string_to_sign(amz_date, scope, &request);
    hex::encode(SigningKey::derive(&credentials.secret, scope).sign(&string_to_sign))
}
