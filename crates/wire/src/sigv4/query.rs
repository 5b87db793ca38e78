//! Signatures in the query string: presigned requests.

use portcullis_base::Timestamp;

use super::canonical::ALGORITHM;
use super::fault::{SIGNATURE_VERSION_2, expires_reason};
use super::{PayloadMode, Presented, SignatureFault, SignatureForm};
use super::{read_credential, read_payload_mode, read_signature, read_signed_headers};
use crate::frame::{Head, Headers};
use crate::limits::{CLOCK_SKEW, PRESIGNED_LIFE_MAX_S};

/// Whether the query claims to be a signature, of whatever version. One telling parameter is enough: half a
/// signature must be refused and not be taken for none.
pub(super) fn is_signed(head: &Head) -> bool {
    const TELLING: &[&str] = &["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId"];
    head.query_pairs().iter().any(|(name, _)| TELLING.contains(&name.as_str()))
}

/// Reads the parameters of a presigned request.
pub(super) fn presented(head: &Head) -> Result<Presented, SignatureFault> {
    if head.query_value("AWSAccessKeyId").is_some() {
        return Err(SignatureFault::Unsupported { mechanism: SIGNATURE_VERSION_2 });
    }
    refuse_repeated_parameters(head)?;
    match parameter(head, "X-Amz-Algorithm")? {
        ALGORITHM => {}
        "AWS4-ECDSA-P256-SHA256" => {
            return Err(SignatureFault::Unsupported { mechanism: "Signature Version 4A" });
        }
        _ => return Err(SignatureFault::in_query(format!("X-Amz-Algorithm only supports \"{ALGORITHM}\""))),
    }
    let (access_key_id, scope) =
        read_credential(parameter(head, "X-Amz-Credential")?).map_err(SignatureFault::in_query)?;
    let signed_headers =
        read_signed_headers(parameter(head, "X-Amz-SignedHeaders")?).map_err(SignatureFault::in_query)?;
    let signature = read_signature(parameter(head, "X-Amz-Signature")?).ok_or_else(|| {
        SignatureFault::in_query("X-Amz-Signature must be 64 hexadecimal digits in lower case")
    })?;
    let signed_at = Timestamp::parse_amz_date(parameter(head, "X-Amz-Date")?).map_err(|_| {
        SignatureFault::in_query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    })?;
    let expires_s = match head.query_value("X-Amz-Expires") {
        Some(text) => read_expires(text)?,
        // Some SDKs leave it out for services other than S3, which then take the request for as long as one
        // that is signed in its headers.
        None if !scope.is_s3() => u32::try_from(CLOCK_SKEW.as_secs()).unwrap_or(0),
        None => return Err(missing()),
    };
    let payload_line = payload_line(head, scope.is_s3())?;
    let payload = payload_line.as_deref().map_or(Ok(PayloadMode::Absent), read_payload_mode)?;
    if head.headers.get("x-amz-security-token").is_some() {
        return Err(SignatureFault::in_query(
            "the session token of a presigned request belongs in its query string",
        ));
    }
    let hoisted = if scope.is_s3() { hoisted(head)? } else { Headers::default() };
    Ok(Presented {
        path_rule: scope.path_rule(),
        hoisted,
        access_key_id,
        session_token: head.query_value("X-Amz-Security-Token").map(str::to_owned),
        scope,
        signed_at,
        form: SignatureForm::Query { expires_s },
        signed_headers,
        signature,
        payload,
        payload_line,
    })
}

/// The parameters that are the signature itself.
const SIGNATURE: &[&str] = &[
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// The parameters that stand for headers. Who uses a presigned URL sends nothing but the URL and a body, so SDKs put
/// the `x-amz-*` headers of the operation into its query, where the signature covers them, and S3 takes them from
/// there. It does not take checksums, which an SDK can only have made of no body at all, nor tags.
fn hoisted(head: &Head) -> Result<Headers, SignatureFault> {
    let is_taken = |name: &str| {
        name.starts_with("x-amz-")
            && !SIGNATURE.contains(&name)
            && !name.starts_with("x-amz-checksum-")
            && !matches!(name, "x-amz-sdk-checksum-algorithm" | "x-amz-tagging")
            && head.headers.get(name).is_none()
    };
    let mut headers = Headers::default();
    for (name, value) in head.query_pairs() {
        if is_taken(&name.to_ascii_lowercase()) {
            headers.push(name, value).map_err(|fault| SignatureFault::in_query(fault.to_string()))?;
        }
    }
    Ok(headers)
}

/// What stands for the body in the canonical request. A presigned S3 request leaves the body open unless the
/// signer said otherwise, in a header or, as some SDKs do, in a parameter.
fn payload_line(head: &Head, is_s3: bool) -> Result<Option<String>, SignatureFault> {
    let in_header = head.headers.get("x-amz-content-sha256");
    let in_query = head.query_value("X-Amz-Content-Sha256");
    let line = match (in_header, in_query) {
        (Some(one), Some(other)) if one != other => return Err(SignatureFault::ContentSha256),
        (Some(line), _) | (None, Some(line)) => Some(line),
        (None, None) if is_s3 => Some("UNSIGNED-PAYLOAD"),
        (None, None) => None,
    };
    Ok(line.map(str::to_owned))
}

fn refuse_repeated_parameters(head: &Head) -> Result<(), SignatureFault> {
    let mut names: Vec<String> = head
        .query_pairs()
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| name.starts_with("x-amz-"))
        .collect();
    names.sort_unstable();
    match names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next) {
        Some((name, _)) => {
            Err(SignatureFault::in_query(format!("the parameter {name} occurs more than once")))
        }
        None => Ok(()),
    }
}

fn parameter<'a>(head: &'a Head, name: &str) -> Result<&'a str, SignatureFault> {
    head.query_value(name).ok_or_else(missing)
}

fn missing() -> SignatureFault {
    SignatureFault::in_query(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
         X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    )
}

/// Digits only: no sign, space, exponent or fraction.
fn read_expires(text: &str) -> Result<u32, SignatureFault> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<u32>()
        .ok()
        .filter(|seconds| is_digits && (1..=PRESIGNED_LIFE_MAX_S).contains(seconds))
        .ok_or_else(|| SignatureFault::in_query(expires_reason()))
}
