//! Every way in which a signature fails. What AWS answers to each is in [`super::answer`].

use portcullis_base::Timestamp;

use crate::limits::PRESIGNED_LIFE_MAX_S;

/// Where a signature was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignaturePlace {
    /// The Authorization header.
    Header,
    /// The query string.
    Query,
}

/// What the server computed, for a caller who wants to see where it differs. Session tokens are left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The access key id that the signature claims.
    pub access_key_id: String,
    /// The signature that came.
    pub signature_provided: String,
    /// The string that should have been signed.
    pub string_to_sign: String,
    /// The canonical request whose hash ends that string.
    pub canonical_request: String,
}

impl std::fmt::Debug for Mismatch {
    /// The claimed key only: the rest is the request itself.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Mismatch").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// A request whose signature cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The operation needs a signature and there is none.
    #[error("the request is not signed")]
    Missing,
    /// An Authorization header and a signed query in one request.
    #[error("the request is signed in its headers and in its query string")]
    OnlyOneMechanism,
    /// A header or parameter that decides what the request means occurs twice.
    #[error("'{name}' occurs more than once")]
    Repeated {
        /// The header or parameter.
        name: String,
    },
    /// A way of authenticating that is never accepted, such as Signature Version 2 or a bearer token.
    #[error("the authorization mechanism '{mechanism}' is not supported")]
    Unsupported {
        /// What was tried, in words of ours and never the value sent.
        mechanism: &'static str,
    },
    /// The Authorization header or the query parameters of a signature are not well formed.
    #[error("the signature is malformed; {reason}")]
    Malformed {
        /// Where the signature was.
        place: SignaturePlace,
        /// What is wrong with it.
        reason: String,
    },
    /// Neither `x-amz-date` nor `Date` gives the instant of signing.
    #[error("no valid date header tells when the request was signed")]
    NoDate,
    /// The scope's date is not the day of the request.
    #[error("the scope's date {scope_date} is not the day of {signed_at}")]
    ScopeDate {
        /// Where the signature was.
        place: SignaturePlace,
        /// The date in the scope.
        scope_date: String,
        /// The instant of signing, as `X-Amz-Date` writes it.
        signed_at: String,
    },
    /// The scope names a region that is not served.
    #[error("the scope's region '{given}' is not served; expecting '{expected}'")]
    Region {
        /// Where the signature was.
        place: SignaturePlace,
        /// The region in the scope.
        given: String,
        /// The region that is served.
        expected: String,
    },
    /// The scope names another service than the one that must answer.
    #[error("the scope's service '{given}' is not '{expected}'")]
    Service {
        /// Where the signature was.
        place: SignaturePlace,
        /// The service in the scope.
        given: String,
        /// The service that must answer.
        expected: String,
    },
    /// Headers that must be signed were sent without being signed.
    #[error("headers were sent that are not signed: {}", names.join(", "))]
    HeadersNotSigned {
        /// The headers, in lower case.
        names: Vec<String>,
    },
    /// S3 was called without `x-amz-content-sha256`.
    #[error("the header x-amz-content-sha256 is missing")]
    NoContentSha256,
    /// `x-amz-content-sha256` has a value that means nothing.
    #[error("the value of x-amz-content-sha256 is not one that is known")]
    ContentSha256,
    /// The body is not the one whose hash was signed.
    #[error("the body does not have the hash that was signed")]
    BodyHash {
        /// What the caller says, in hexadecimal.
        claimed: String,
        /// What the server computed, in hexadecimal.
        computed: String,
    },
    /// The signature's instant is too far in the past or, `signed_at` being later than `now`, in the future.
    #[error("the request was signed at {signed_at}, too far from {now}")]
    Skewed {
        /// The instant of signing.
        signed_at: Timestamp,
        /// The server's clock.
        now: Timestamp,
    },
    /// A presigned URL is used before its date.
    #[error("the presigned request is not valid before {signed_at}")]
    NotYetValid {
        /// The instant of signing.
        signed_at: Timestamp,
        /// The server's clock.
        now: Timestamp,
    },
    /// A presigned URL is used after its end.
    #[error("the presigned request expired at {expired_at}")]
    Expired {
        /// Its life in seconds.
        expires_s: u32,
        /// Its end.
        expired_at: Timestamp,
        /// The server's clock.
        now: Timestamp,
    },
    /// The signature is not the one that the secret makes.
    #[error("the signature does not match")]
    Mismatch(Box<Mismatch>),
    /// The caller of this crate gave no hash of the body though the service signs it. Fails closed.
    #[error("the body was not hashed before its signature was checked")]
    BodyNotHashed,
}

impl SignatureFault {
    /// A malformed Authorization header.
    pub(super) fn in_header(reason: impl Into<String>) -> Self {
        Self::Malformed { place: SignaturePlace::Header, reason: reason.into() }
    }

    /// Malformed parameters of a presigned request.
    pub(super) fn in_query(reason: impl Into<String>) -> Self {
        Self::Malformed { place: SignaturePlace::Query, reason: reason.into() }
    }
}

/// The name of the mechanism whose refusal says what to do instead.
pub(super) const SIGNATURE_VERSION_2: &str = "Signature Version 2";

/// What is said of a life that is not between one second and seven days.
pub(super) fn expires_reason() -> String {
    format!("X-Amz-Expires must be a number of seconds from 1 to {PRESIGNED_LIFE_MAX_S} (a week)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_does_not_repeat_the_request() {
        let fault = SignatureFault::Mismatch(Box::new(Mismatch {
            access_key_id: "AKIDEXAMPLE".into(),
            signature_provided: "canary".into(),
            string_to_sign: "canary".into(),
            canonical_request: "canary".into(),
        }));
        assert!(!format!("{fault:?} {fault}").contains("canary"));
        assert_eq!(fault.details().len(), 6);
    }
}
