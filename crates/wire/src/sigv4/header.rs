//! Signatures in the Authorization header:
//! `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.

use portcullis_base::Timestamp;

use super::canonical::ALGORITHM;
use super::fault::SIGNATURE_VERSION_2;
use super::{PayloadMode, Presented, SignatureFault, SignatureForm};
use super::{read_credential, read_payload_mode, read_signature, read_signed_headers};
use crate::frame::{Head, Headers};

/// Reads an Authorization header's value and the headers that belong to it.
pub(super) fn presented(head: &Head, authorization: &str) -> Result<Presented, SignatureFault> {
    let (scheme, fields) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if scheme != ALGORITHM {
        return Err(SignatureFault::Unsupported { mechanism: mechanism_of(scheme) });
    }
    let Fields { credential, signed_headers, signature } = read_fields(fields)?;
    let (access_key_id, scope) = read_credential(credential).map_err(SignatureFault::in_header)?;
    let signed_headers = read_signed_headers(signed_headers).map_err(SignatureFault::in_header)?;
    let signature = read_signature(signature).ok_or_else(|| {
        SignatureFault::in_header("the Signature must be 64 hexadecimal digits in lower case")
    })?;
    let payload_line = head.headers.get("x-amz-content-sha256").map(str::to_owned);
    let payload = match payload_line.as_deref() {
        Some(line) => read_payload_mode(line)?,
        None if scope.is_s3() => return Err(SignatureFault::NoContentSha256),
        None => PayloadMode::Absent,
    };
    Ok(Presented {
        path_rule: scope.path_rule(),
        hoisted: Headers::default(),
        access_key_id,
        session_token: head.headers.get("x-amz-security-token").map(str::to_owned),
        scope,
        signed_at: signed_at(head)?,
        form: SignatureForm::Header,
        signed_headers,
        signature,
        payload,
        payload_line,
    })
}

struct Fields<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// Reads the three fields, in any order, each exactly once and nothing else.
fn read_fields(text: &str) -> Result<Fields<'_>, SignatureFault> {
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for field in text.split(',') {
        let (name, value) = field.trim_matches([' ', '\t']).split_once('=').ok_or_else(|| {
            SignatureFault::in_header("fields must be written name=value, separated by commas")
        })?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => {
                return Err(SignatureFault::in_header(
                    "there is a field besides Credential, SignedHeaders and Signature",
                ));
            }
        };
        if place.replace(value).is_some() {
            return Err(SignatureFault::in_header(format!("the field {name} occurs more than once")));
        }
    }
    match (credential, signed_headers, signature) {
        (Some(credential), Some(signed_headers), Some(signature)) => {
            Ok(Fields { credential, signed_headers, signature })
        }
        _ => Err(SignatureFault::in_header(
            "the fields Credential, SignedHeaders and Signature are all required",
        )),
    }
}

/// A name for the scheme that was tried. The value itself is never repeated: it may be a password.
fn mechanism_of(scheme: &str) -> &'static str {
    match scheme.to_ascii_lowercase().as_str() {
        "aws" => SIGNATURE_VERSION_2,
        "aws4-ecdsa-p256-sha256" => "Signature Version 4A",
        "basic" => "Basic",
        "bearer" => "Bearer",
        _ => "unknown",
    }
}

/// `x-amz-date` counts if it is there at all; `Date` in either form only without it.
fn signed_at(head: &Head) -> Result<Timestamp, SignatureFault> {
    let amz_date = head.headers.get("x-amz-date").map(Timestamp::parse_amz_date);
    let read = amz_date.unwrap_or_else(|| {
        let text = head.headers.get("date").unwrap_or_default();
        Timestamp::parse_http_date(text).or_else(|_| Timestamp::parse_amz_date(text))
    });
    read.map_err(|_| SignatureFault::NoDate)
}
