//! What a person can do about each failure.

use super::error::ClientError;

/// Advice by AWS's error code.
const ON_CODES: &[(&str, &str)] = &[
    (
        "AccessDeniedException",
        "ask an administrator for the permission that is named, or use other credentials (--profile NAME)",
    ),
    ("ExpiredTokenException", "get new session credentials; these have ended"),
    (
        "IncompleteSignatureException",
        "check the access key id and the region (--region NAME): both stand in the signature",
    ),
    (
        "InvalidSignatureException",
        "check the secret access key, the region (--region NAME) and this machine's clock",
    ),
    ("ServiceUnavailable", "try again"),
    (
        "SignatureDoesNotMatch",
        "check that the endpoint is a Portcullis server of this version or a newer one",
    ),
    ("UnknownOperationException", "this command is newer than the server; update the server"),
    (
        "UnrecognizedClientException",
        "check that the access key is one of this server's, is active, and comes with its own session token",
    ),
];

/// What to do about it, where there is something to say.
pub fn on(error: &ClientError) -> Option<String> {
    let advice = match error {
        ClientError::NoProfile { .. } => {
            "list the profiles with `aws configure list-profiles`, or name another with --profile NAME"
                .to_owned()
        }
        ClientError::HalfCredentials { .. } => {
            "set the secret access key beside it, or remove the access key id".to_owned()
        }
        ClientError::NoCredentials { .. } => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile \
             with --profile NAME; the server's first start made a file with the root key, for \
             AWS_SHARED_CREDENTIALS_FILE"
                .to_owned()
        }
        ClientError::NotStatic { profile, .. } => format!(
            "take them into the environment, with version 2 of the AWS CLI by `eval \"$(aws configure \
             export-credentials --profile {profile} --format env)\"`, and run this again without --profile"
        ),
        ClientError::Unreachable { .. } => {
            "see whether `portcullis serve` runs there, or name another server with --endpoint-url URL or \
             AWS_ENDPOINT_URL"
                .to_owned()
        }
        ClientError::NotTrusted { .. } => {
            "name the file with the certificate of the authority in AWS_CA_BUNDLE or in ca_bundle of the profile; a \
             server with --tls-dev prints its path when it starts"
                .to_owned()
        }
        ClientError::Foreign { .. } => {
            "check the endpoint: --endpoint-url URL, AWS_ENDPOINT_URL, or endpoint_url of the profile"
                .to_owned()
        }
        ClientError::Refused { code, .. } => {
            ON_CODES.iter().find(|(held, _)| held == code).map(|(_, advice)| (*advice).to_owned())?
        }
        ClientError::Unreadable { .. }
        | ClientError::Malformed { .. }
        | ClientError::NoEndpoint { .. }
        | ClientError::Unsendable
        | ClientError::NoAnswer { .. }
        | ClientError::Print { .. }
        | ClientError::NoSuchOperation { .. } => return None,
    };
    Some(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_found_by_the_code() {
        let refused = |code: &str| ClientError::Refused {
            code: code.to_owned(),
            message: String::new(),
            request_id: None,
        };
        for (code, advice) in ON_CODES {
            assert_eq!(on(&refused(code)).as_deref(), Some(*advice));
        }
        assert_eq!(on(&refused("LimitExceededException")), None);
    }
}
