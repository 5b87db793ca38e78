//! Errors that a client may see.
//!
//! One type for all actions: AWS's code, HTTP status and wording, and whose fault it is. A fault of the world (the
//! store is gone) can be tried again and fails closed; a fault of ours ends that request and nothing else. What
//! caused either stands in the log, never on the wire.

use std::borrow::Cow;

use portcullis_store::StoreError;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The request cannot succeed as it is.
    Caller,
    /// Something outside failed; the same request may succeed later.
    World,
    /// A defect of this program.
    Ours,
}

/// How a service spells common errors: AWS's older and newer protocols differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// STS and IAM (awsQuery).
    Query,
    /// S3 (restXml).
    S3,
    /// CloudTrail and newer services (awsJson).
    Json,
    /// The access portal and its sign-in (restJson): the same codes, with statuses that say what they mean.
    RestJson,
}

impl Family {
    /// The family of a service, by the name in its credential scope.
    pub fn of(service: &str) -> Self {
        match service {
            "sts" | "iam" => Self::Query,
            "s3" => Self::S3,
            "awsssoportal" | "sso-oauth" => Self::RestJson,
            _ => Self::Json,
        }
    }

    /// The status of a refusal: AWS's JSON services with a target say it with a type alone.
    fn refusal_status(self) -> u16 {
        if self == Self::Json { 400 } else { 403 }
    }
}

/// An error as the client gets it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// AWS's error code.
    pub code: Cow<'static, str>,
    /// HTTP status.
    pub status: u16,
    /// What to tell the user.
    pub message: String,
    /// Whose fault it is.
    pub whose: Whose,
    /// Further members of the error, such as S3's `BucketName`.
    pub extra: Vec<(String, String)>,
}

impl ApiError {
    /// An error of the caller's.
    pub fn caller(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into(), whose: Whose::Caller, extra: Vec::new() }
    }

    /// Adds a member to the error.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.extra.push((name.to_owned(), value.into()));
        self
    }

    /// 400 `ValidationError`: a parameter has the wrong shape or value.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::caller("ValidationError", 400, message)
    }

    /// 404 `NoSuchEntity`.
    pub fn no_such_entity(message: impl Into<String>) -> Self {
        Self::caller("NoSuchEntity", 404, message)
    }

    /// 409 `EntityAlreadyExists`.
    pub fn already_exists(message: impl Into<String>) -> Self {
        Self::caller("EntityAlreadyExists", 409, message)
    }

    /// 409 `LimitExceeded`.
    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::caller("LimitExceeded", 409, message)
    }

    /// 409 `DeleteConflict`.
    pub fn delete_conflict(message: impl Into<String>) -> Self {
        Self::caller("DeleteConflict", 409, message)
    }

    /// 400 `MalformedPolicyDocument`.
    pub fn malformed_policy(message: impl Into<String>) -> Self {
        Self::caller("MalformedPolicyDocument", 400, message)
    }

    /// 400 `InvalidInput`.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::caller("InvalidInput", 400, message)
    }

    /// 500 `PolicyEvaluation`: a simulated policy cannot be evaluated (IAM API reference, SimulateCustomPolicy).
    pub fn policy_evaluation(message: impl Into<String>) -> Self {
        Self::caller("PolicyEvaluation", 500, message)
    }

    /// Refused, in the spelling of the family: 403, and 400 where AWS's JSON services say it with a type alone
    /// (CloudTrail API reference, "Common errors").
    pub fn access_denied(family: Family, message: impl Into<String>) -> Self {
        let code = match family {
            Family::Query | Family::S3 => "AccessDenied",
            Family::Json | Family::RestJson => "AccessDeniedException",
        };
        Self::caller(code, family.refusal_status(), message)
    }

    /// The access key is unknown, inactive, or of a principal that is gone.
    pub fn unknown_key(family: Family) -> Self {
        const TOKEN: &str = "The security token included in the request is invalid.";
        match family {
            Family::Query => Self::caller("InvalidClientTokenId", 403, TOKEN),
            Family::S3 => Self::caller(
                "InvalidAccessKeyId",
                403,
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            Family::Json | Family::RestJson => Self::caller("UnrecognizedClientException", 403, TOKEN),
        }
    }

    /// The session token is missing, damaged, or belongs to another key.
    pub fn bad_token(family: Family) -> Self {
        match family {
            Family::S3 => {
                Self::caller("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
            }
            Family::Query | Family::Json | Family::RestJson => Self::unknown_key(family),
        }
    }

    /// The session has ended.
    pub fn expired(family: Family) -> Self {
        match family {
            Family::S3 => Self::caller("ExpiredToken", 400, "The provided token has expired."),
            Family::Query => {
                Self::caller("ExpiredToken", 403, "The security token included in the request is expired")
            }
            Family::Json | Family::RestJson => Self::caller(
                "ExpiredTokenException",
                family.refusal_status(),
                "The security token included in the request is expired",
            ),
        }
    }

    /// No signature where one is needed.
    pub fn unsigned(family: Family) -> Self {
        match family {
            Family::S3 => Self::access_denied(family, "Access Denied"),
            Family::Query => {
                Self::caller("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
            }
            Family::Json | Family::RestJson => Self::caller(
                "MissingAuthenticationTokenException",
                family.refusal_status(),
                "Request is missing Authentication Token",
            ),
        }
    }

    /// 503: the store or the audit log cannot take the request now.
    pub fn unavailable() -> Self {
        Self::of_the_world("The request could not be completed now. Try again.")
    }

    /// 503: a write that was begun was not answered.
    pub fn undetermined(cause: &StoreError) -> Self {
        tracing::error!(%cause, "a write was not confirmed");
        Self::of_the_world(
            "The request could not be completed now, and whether it took effect is not known. Look before you try \
             again.",
        )
    }

    fn of_the_world(message: &str) -> Self {
        Self {
            code: "ServiceUnavailable".into(),
            status: 503,
            message: message.to_owned(),
            whose: Whose::World,
            extra: Vec::new(),
        }
    }

    /// 500: a defect of this program. The cause goes to the log.
    pub fn internal(cause: &str) -> Self {
        tracing::error!(cause, "internal failure");
        Self {
            code: "InternalFailure".into(),
            status: 500,
            message: "The request failed because of an internal error.".to_owned(),
            whose: Whose::Ours,
            extra: Vec::new(),
        }
    }

    /// The same in the spelling of the family (S3 API reference, "List of error codes": `InternalError`).
    #[must_use]
    pub fn spelled(mut self, family: Family) -> Self {
        if family == Family::S3 && self.code == "InternalFailure" {
            self.code = "InternalError".into();
        }
        self
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::unavailable()
    }
}
