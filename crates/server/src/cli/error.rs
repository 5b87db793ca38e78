//! Why a client command did not do what it was asked, and what the person can do about it.

use std::path::PathBuf;

use super::advice;
use super::endpoint::{Endpoint, NoEndpoint};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The profile is in neither file.
    #[error("there is no profile {name} in the AWS configuration files")]
    NoProfile {
        /// Its name.
        name: String,
    },
    /// A configuration file is there and cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of a configuration file is none. Its text is not shown: it may be a secret.
    #[error("line {line} of {} is neither a [section] nor a setting", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An access key id without its secret.
    #[error("{place} has an access key id and no secret access key")]
    HalfCredentials {
        /// Where.
        place: String,
    },
    /// Nothing to sign with.
    #[error("there are no credentials in the environment, nor in the profile {profile}")]
    NoCredentials {
        /// The profile that was looked at.
        profile: String,
    },
    /// A profile whose credentials come from elsewhere.
    #[error("the profile {profile} has no keys of its own: {how}")]
    NotStatic {
        /// The profile.
        profile: String,
        /// Where they come from.
        how: &'static str,
    },
    /// A configured endpoint cannot be used.
    #[error("the endpoint in {place} cannot be used: {reason}")]
    NoEndpoint {
        /// Where it is configured.
        place: String,
        /// Why.
        reason: NoEndpoint,
    },
    /// A key, token or region with characters that no header may have.
    #[error("the credentials or the region have characters that no request may have")]
    Unsendable,
    /// Nobody answers.
    #[error("{endpoint} cannot be reached: {source}")]
    Unreachable {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody is there who is not to be believed, or does not speak TLS.
    #[error("{endpoint} could not be spoken to with TLS: {reason}")]
    NotTrusted {
        /// The server.
        endpoint: Endpoint,
        /// Why not.
        reason: String,
    },
    /// The answer broke off or did not come.
    #[error("{endpoint} gave no answer: {reason}; it is not known whether the request was done")]
    NoAnswer {
        /// The server.
        endpoint: Endpoint,
        /// Why.
        reason: String,
    },
    /// The server said no.
    #[error("{code}: {message}")]
    Refused {
        /// AWS's code.
        code: String,
        /// The server's sentence.
        message: String,
        /// The request's id, under which event history has it.
        request_id: Option<String>,
    },
    /// Something answered, but not in this language.
    #[error("{endpoint} answered with HTTP status {status}, and not as a Portcullis server does")]
    Foreign {
        /// The server.
        endpoint: Endpoint,
        /// The status.
        status: u16,
    },
    /// The answer is there and cannot be printed.
    #[error("it is done, but the answer could not be printed: {source}")]
    Print {
        /// Why.
        source: std::io::Error,
    },
    /// A command for an operation that the model does not have.
    #[error("this program has no operation {operation}")]
    NoSuchOperation {
        /// The operation.
        operation: &'static str,
    },
}

impl ClientError {
    /// What to print: what happened, the request's id, and what to do.
    pub fn report(&self) -> String {
        let id = match self {
            Self::Refused { request_id: Some(id), .. } => format!("  request id: {}\n", printable(id)),
            _ => String::new(),
        };
        let advice = advice::on(self).map(|advice| format!("  what to do: {advice}\n"));
        format!("portcullis: {}\n{id}{}", printable(&self.to_string()), advice.unwrap_or_default())
    }
}

/// A text without characters that could steer a terminal: a server's words may hold what a stranger sent.
pub fn printable(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() }
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_code_id_and_advice() {
        let refused = ClientError::Refused {
            code: "ExpiredTokenException".to_owned(),
            message: "it is over\u{1b}[2J".to_owned(),
            request_id: Some("r-1".to_owned()),
        };
        assert_eq!(
            refused.report(),
            "portcullis: ExpiredTokenException: it is over\\u{1b}[2J\n  request id: r-1\n  what to do: get new \
             session credentials; these have ended\n"
        );
    }

    #[test]
    fn a_broken_line_is_named_and_not_shown() {
        let error = ClientError::Malformed { path: "/home/a/.aws/credentials".into(), line: 3 };
        assert_eq!(
            error.to_string(),
            "line 3 of /home/a/.aws/credentials is neither a [section] nor a setting"
        );
    }
}
