//! AWS Signature Version 4: the only code in the product that handles request signatures.
//!
//! A signature is judged in three steps, each with a type of its own. [`present`] reads what a request claims
//! ([`Presented`]): an access key id, a scope, a date, a list of signed headers. Whoever knows secrets then finds
//! the one of that access key id, and [`Presented::verify`] makes a [`Verified`] of it, or says why not. A body that
//! streams is held against the signature by [`body::BodyCheck`], which takes that proof.
//!
//! ```
//! use portcullis_base::{Secret, Timestamp};
//! use portcullis_wire::frame::{Head, Headers};
//! use portcullis_wire::sigv4::sign::{Credentials, sign};
//! use portcullis_wire::sigv4::{PayloadMode, Presentation, Scope, present};
//!
//! let now = Timestamp::parse_amz_date("20240507T234700Z")?;
//! let head = Head::new("GET", "/b/k", None, Headers::new([("host", "localhost:7070")])?)?;
//! let secret = Secret::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
//! let key = Credentials { access_key_id: "AKIAIOSFODNN7EXAMPLE".into(), secret: secret.clone(), session_token: None };
//! let signed = sign(&head, &PayloadMode::Unsigned, &key, &Scope::new(now, "us-east-1", "s3"), now)?;
//!
//! let Presentation::Signed(presented) = present(&signed)? else { unreachable!() };
//! assert_eq!(presented.access_key_id, "AKIAIOSFODNN7EXAMPLE");
//! assert!(presented.verify(&signed, &secret, None, now).is_ok());
//! assert!(presented.verify(&signed, &Secret::from("another".to_owned()), None, now).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod answer;
pub mod body;
pub mod body_fault;
mod canonical;
mod checksum;
mod chunk;
pub mod fault;
mod header;
mod key;
mod query;
pub mod sign;
mod verify;

#[cfg(test)]
mod tests;

use std::fmt;

use canonical::PathRule;
use portcullis_base::Timestamp;

pub use answer::ServiceFamily;
pub use body::{BodyCheck, BodyDigest, ChecksumSubject, stored_content_encoding};
pub use body_fault::BodyFault;
pub use checksum::ChecksumAlgorithm;
pub use fault::{SignatureFault, SignaturePlace};
pub use verify::Verified;

use crate::frame::{Head, Headers};
use crate::limits::{ACCESS_KEY_ID_MAX, SCOPE_PART_MAX, SIGNED_HEADERS_MAX};

/// Whether a request claims to be signed.
#[derive(Debug, Clone)]
pub enum Presentation {
    /// It carries no signature of any kind.
    Unsigned,
    /// It carries one, which proves nothing yet.
    Signed(Box<Presented>),
}

/// What a signature is valid for: a day, a region and a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The day, as `20240507`.
    pub date: String,
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The service's signing name, such as `sts`.
    pub service: String,
}

/// The regions whose scopes an endpoint takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServedRegions {
    /// Every region, for set-ups of tests.
    Any,
    /// These. The first is the one that a refusal names.
    These(Vec<String>),
}

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureForm {
    /// In the Authorization header: good for fifteen minutes.
    Header,
    /// In the query string: a presigned request.
    Query {
        /// How long it is good for, in seconds.
        expires_s: u32,
    },
}

/// What the signature says of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayloadMode {
    /// The SHA-256 of the body is signed.
    Sha256([u8; 32]),
    /// The body is not signed.
    Unsigned,
    /// Each chunk of the body has a signature of its own.
    StreamingSigned {
        /// Whether a signed trailer follows.
        trailer: bool,
    },
    /// The body comes in chunks without signatures, followed by a trailer.
    StreamingUnsignedTrailer,
    /// Nothing is said; services other than S3 then sign the hash of the body as they find it.
    Absent,
}

/// What a request claims about who signed it. Nothing of it may be believed before [`Presented::verify`].
#[derive(Clone)]
pub struct Presented {
    /// The access key id.
    pub access_key_id: String,
    /// The session token, where one was sent.
    pub session_token: Option<String>,
    /// The scope.
    pub scope: Scope,
    /// The instant of signing.
    pub signed_at: Timestamp,
    /// Where the signature stands.
    pub form: SignatureForm,
    // INVARIANT: lower-case names, each once, in ascending order, `host` not necessarily among them.
    signed_headers: Vec<String>,
    signature: [u8; 32],
    payload: PayloadMode,
    // INVARIANT: the spelling that `payload` was read from; `None` if and only if it is `Absent`.
    payload_line: Option<String>,
    path_rule: PathRule,
    // INVARIANT: empty unless the signature stands in the query string and is for S3.
    hoisted: Headers,
}

/// Reads the signature of a request, from its Authorization header or from its query string, and checks its form.
///
/// # Errors
/// [`SignatureFault`] if both places have one, if it is of another kind than `AWS4-HMAC-SHA256`, if it is not well
/// formed, or if a header or parameter that matters occurs twice.
pub fn present(head: &Head) -> Result<Presentation, SignatureFault> {
    refuse_repeated_headers(head)?;
    let presented = match (head.headers.get("authorization"), query::is_signed(head)) {
        (None, false) => return Ok(Presentation::Unsigned),
        (Some(_), true) => return Err(SignatureFault::OnlyOneMechanism),
        (Some(value), false) => header::presented(head, value)?,
        (None, true) => query::presented(head)?,
    };
    Ok(Presentation::Signed(Box::new(presented)))
}

impl Presented {
    /// What the signature says of the body.
    pub fn payload(&self) -> &PayloadMode {
        &self.payload
    }

    /// The names of the headers it covers, in lower case and in order.
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    /// The head as it is meant, where that is not the one that was sent: parameters of a presigned S3 request can
    /// stand for headers. The signature is held against the head that was sent.
    pub fn meant(&self, sent: &Head) -> Option<Head> {
        (self.hoisted.iter().next().is_some()).then(|| sent.clone().with_headers(&self.hoisted))
    }

    /// Where the signature stands.
    pub fn place(&self) -> SignaturePlace {
        match self.form {
            SignatureForm::Header => SignaturePlace::Header,
            SignatureForm::Query { .. } => SignaturePlace::Query,
        }
    }

    /// Holds the scope's region against those served.
    ///
    /// # Errors
    /// [`SignatureFault::Region`], which names the first served one.
    pub fn require_region(&self, served: &ServedRegions) -> Result<(), SignatureFault> {
        match served {
            ServedRegions::Any => Ok(()),
            ServedRegions::These(regions) if regions.contains(&self.scope.region) => Ok(()),
            ServedRegions::These(regions) => Err(SignatureFault::Region {
                place: self.place(),
                given: self.scope.region.clone(),
                expected: regions.first().cloned().unwrap_or_default(),
            }),
        }
    }

    /// Holds the scope's service against the one that is to answer.
    ///
    /// # Errors
    /// [`SignatureFault::Service`].
    pub fn require_service(&self, expected: &str) -> Result<(), SignatureFault> {
        if self.scope.service == expected {
            return Ok(());
        }
        Err(SignatureFault::Service {
            place: self.place(),
            given: self.scope.service.clone(),
            expected: expected.to_owned(),
        })
    }
}

impl fmt::Debug for Presented {
    /// Without the session token and the signature.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Presented")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_at", &self.signed_at)
            .field("form", &self.form)
            .field("signed_headers", &self.signed_headers)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

impl Scope {
    /// What every scope ends with.
    pub const TERMINATOR: &'static str = "aws4_request";

    /// The scope of an instant's day.
    pub fn new(at: Timestamp, region: &str, service: &str) -> Self {
        Self { date: at.format("%Y%m%d"), region: region.to_owned(), service: service.to_owned() }
    }

    /// Whether payloads follow S3's rules.
    fn is_s3(&self) -> bool {
        self.service == "s3"
    }

    /// S3's paths are object keys and stay as they are.
    fn path_rule(&self) -> PathRule {
        if self.is_s3() { PathRule::Verbatim } else { PathRule::Normalised }
    }
}

impl fmt::Display for Scope {
    /// As it stands in credentials and strings to sign, without the access key id.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}/{}", self.date, self.region, self.service, Self::TERMINATOR)
    }
}

/// Headers of which a second one would make two readers see two requests.
const SINGLE_HEADERS: &[&str] = &[
    "authorization",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "host",
    "transfer-encoding",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-target",
    "x-amz-trailer",
];

fn refuse_repeated_headers(head: &Head) -> Result<(), SignatureFault> {
    let checksums = ChecksumAlgorithm::ALL.iter().map(|algorithm| algorithm.header());
    match SINGLE_HEADERS.iter().copied().chain(checksums).find(|name| head.headers.count(name) > 1) {
        Some(name) => Err(SignatureFault::Repeated { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// Reads `KEY/20240507/us-east-1/sts/aws4_request`; the error says what is wrong with it.
fn read_credential(text: &str) -> Result<(String, Scope), String> {
    let mut parts = text.split('/');
    let (Some(key), Some(date), Some(region), Some(service), Some(terminator), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("the Credential must be <access key id>/<date>/<region>/<service>/aws4_request".into());
    };
    let is_word = |text: &str, max: usize| {
        (1..=max).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !is_word(key, ACCESS_KEY_ID_MAX) {
        return Err("the access key id in the Credential is not well formed".into());
    }
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("the date in the Credential must be written YYYYMMDD".into());
    }
    if !is_word(region, SCOPE_PART_MAX) || !is_word(service, SCOPE_PART_MAX) {
        return Err("the region and the service in the Credential must be names".into());
    }
    if terminator != Scope::TERMINATOR {
        return Err("the Credential must end with aws4_request".into());
    }
    let scope = Scope { date: date.to_owned(), region: region.to_owned(), service: service.to_owned() };
    Ok((key.to_owned(), scope))
}

/// Reads `host;x-amz-date`: the canonical list only, so that no two spellings name the same headers.
fn read_signed_headers(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = text.split(';').map(str::to_owned).collect();
    let is_name = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
    };
    if names.len() > SIGNED_HEADERS_MAX {
        return Err(format!("SignedHeaders must not list more than {SIGNED_HEADERS_MAX} headers"));
    }
    if !names.iter().all(is_name) || !names.is_sorted_by(|left, right| left < right) {
        return Err("SignedHeaders must list names of headers in lower case, sorted, each once".into());
    }
    Ok(names)
}

/// Reads 64 digits. Capital letters are refused: one signature has one spelling.
fn read_signature(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// What a value of `x-amz-content-sha256` says of the body.
fn read_payload_mode(text: &str) -> Result<PayloadMode, SignatureFault> {
    match text {
        "UNSIGNED-PAYLOAD" => Ok(PayloadMode::Unsigned),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Ok(PayloadMode::StreamingSigned { trailer: false }),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Ok(PayloadMode::StreamingSigned { trailer: true }),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Ok(PayloadMode::StreamingUnsignedTrailer),
        _ => {
            let mut hash = [0; 32];
            hex::decode_to_slice(text, &mut hash).map_err(|_| SignatureFault::ContentSha256)?;
            Ok(PayloadMode::Sha256(hash))
        }
    }
}
