//! SAML 2.0 assertions: a response of an identity provider becomes facts about somebody, or nothing.
//!
//! ```text
//! base64 -> Document -> Signed -> Assertion -> Claims
//!              \-> Sealed -> Document
//! ```
//!
//! A [`document::Document`] is markup that may be looked at; what a key of the provider's metadata signed in it is
//! [`signature::Signed`]; what is encrypted in it, [`encrypted::Sealed`], becomes such a document again; an [`assertion::Assertion`] is addressed to us and of now; [`attributes::Claims`] are what it says
//! about the session to come. Nothing is read of what was not signed, but to refuse.

pub mod assertion;
pub mod attributes;
mod certificate;
mod document;
mod encrypted;
mod form;
pub mod keys;
pub mod private_key;
mod response;
mod scoped;
mod signature;
mod single_use;
pub mod trust;

#[cfg(test)]
mod tests;

pub use assertion::Assertion;
pub use encrypted::Opener;
pub use response::{Audience, redeem};
pub use single_use::Redeemable;

use crate::error::ApiError;

/// Why an assertion is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not what can be read, for this reason.
    Malformed(&'static str),
    /// No key of the provider's signed it, or not in a form that is taken. The same for a provider that does not
    /// exist: whoever asks has proved nothing yet.
    Signature,
    /// It is signed, and something in it does not hold.
    Claim(&'static str),
    /// Its time is over.
    Expired(&'static str),
    /// The provider says that its user did not sign in.
    Rejected,
    /// It says nothing about what is asked for.
    Denied,
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let invalid = |message: String| Self::caller("InvalidIdentityToken", 400, message);
        match refusal {
            Refusal::Malformed(why) => invalid(format!("The SAML response cannot be read: {why}.")),
            Refusal::Signature => invalid("Response signature invalid".to_owned()),
            Refusal::Claim(message) => invalid(message.to_owned()),
            Refusal::Expired(message) => Self::caller("ExpiredTokenException", 400, message),
            Refusal::Rejected => Self::caller(
                "IDPRejectedClaim",
                403,
                "The identity provider reported that authentication failed.",
            ),
            Refusal::Denied => {
                Self::caller("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML")
            }
        }
    }
}
