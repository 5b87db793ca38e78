//! The door through which a request comes in.
//!
//! The service knows no HTTP, XML or sockets. Whoever does (the server) presents each request as an [`Exchange`]:
//! what it claims, a way to check the claim once the secret is known, its input once it may be read, and its body.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use bytes::Bytes;
use portcullis_base::{Secret, Timestamp, Value};

use crate::error::{ApiError, Family};

/// A boxed future, as the walls between crates need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is known of a request before anything of it is believed.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Given back to the client and recorded in the event.
    pub request_id: String,
    /// The peer's address, or the one a trusted proxy names.
    pub source_ip: IpAddr,
    /// As sent, bounded.
    pub user_agent: Option<String>,
    /// As sent.
    pub referer: Option<String>,
    /// Whether it came over TLS.
    pub secure: bool,
    /// The `Host` header as sent.
    pub host: String,
    /// The region of the endpoint, for `aws:RequestedRegion` and the event.
    pub region: String,
    /// Further headers that become condition keys (`s3:x-amz-acl` and the like), lower case.
    pub headers: Vec<(String, String)>,
    /// The client has seen this revision; an answer from an older snapshot would go back in time for it.
    pub min_revision: Option<u64>,
}

impl Facts {
    /// A header that becomes a condition key.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// Which action a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `sts`, `iam`, `s3`, `cloudtrail`.
    pub service: &'static str,
    /// The operation's name in the service's model.
    pub operation: String,
}

impl Target {
    /// How the service spells common errors.
    pub fn family(&self) -> Family {
        Family::of(self.service)
    }
}

/// How a request was signed (S3: `s3:authType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureForm {
    /// In the `Authorization` header.
    Header,
    /// In the query string: a presigned URL.
    Query,
}

/// What the signature fields claim.
#[derive(Clone)]
pub struct Claim {
    /// The access key id that signed.
    pub access_key_id: String,
    /// The session token that came with it.
    pub session_token: Option<String>,
    /// Header or query string.
    pub form: SignatureForm,
    /// When it was signed, by the client's clock.
    pub signed_at: Timestamp,
}

impl std::fmt::Debug for Claim {
    /// Without the token, which is half of a credential.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// What a body turned out to be, once all of it was read and every promise about it held.
#[derive(Debug, Clone)]
pub struct BodyDigest {
    /// Bytes in all.
    pub length: u64,
    /// MD5 of the bytes.
    pub md5: [u8; 16],
    /// The checksum the client asked for: member name in the S3 model (`ChecksumCRC32`), base64 value.
    pub checksum: Option<(String, String)>,
}

/// A body on its way in. Each piece is given out only when what signs it has been checked.
pub trait Body: Send {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, ApiError>>;

    /// Checks the whole after the end.
    ///
    /// # Errors
    /// When a promised hash, checksum or length does not hold.
    fn digest(&mut self) -> Result<BodyDigest, ApiError>;
}

/// A request and the answer's way back.
pub trait Exchange: Send {
    /// What is known of it.
    fn facts(&self) -> &Facts;

    /// Which action it asks for.
    ///
    /// # Errors
    /// When there is no such action.
    fn target(&self) -> Result<Target, ApiError>;

    /// The service it speaks to, known even if the action is not.
    fn service(&self) -> &'static str;

    /// What its signature claims; `None` if it is unsigned.
    ///
    /// # Errors
    /// When the signature fields cannot be read.
    fn claim(&self) -> Result<Option<Claim>, ApiError>;

    /// Checks signature, body hash, date window and scope against the secret.
    ///
    /// # Errors
    /// When one of them does not hold.
    fn verify(&mut self, secret: &Secret, now: Timestamp) -> Result<(), ApiError>;

    /// The input, decoded by the operation's shape and checked against its limits.
    ///
    /// # Errors
    /// When it does not have that shape.
    fn input(&mut self) -> BoxFuture<'_, Result<Value, ApiError>>;

    /// Members of the input that its shape does not have. They are ignored, as AWS ignores them; the event names them.
    fn ignored(&self) -> &[String] {
        &[]
    }

    /// The body, for operations whose input streams; `None` for all others, and when taken already.
    ///
    /// # Errors
    /// When the headers promise a body that cannot be checked.
    fn body(&mut self) -> Result<Option<Box<dyn Body>>, ApiError>;
}

/// The input of an action that somebody wrote down, to see what the action would do.
pub struct Written {
    /// The input, of the operation's shape and within its limits.
    pub input: Value,
    /// The region of the service's endpoint, if it has one for all regions.
    pub region: Option<&'static str>,
}

/// Reads inputs that do not come as requests of their own.
pub trait Inputs: Send + Sync {
    /// The input of an operation from a JSON document with its members.
    ///
    /// # Errors
    /// When there is no such operation, and what a request with this input would be told if it could not be read.
    fn read(&self, service: &str, operation: &str, document: &str) -> Result<Written, ApiError>;
}
