//! Continuation tokens: where a list goes on, sealed for the one list and the one caller that it was given to.
//!
//! A token is the last name told, sealed under the deployment's master key. What the list is of (its bucket, prefix
//! and delimiter) and who asks are authenticated with it, so that a token opens nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::refusal::invalid_argument;
use crate::action::Ask;
use crate::error::ApiError;

/// What a token belongs to: a list, described by its parts.
pub(super) struct Listing<'a>(pub(super) &'a [&'a str]);

impl Listing<'_> {
    /// Each part with its length in front, so that no two lists are described alike.
    fn context(&self, ask: &Ask<'_>) -> Vec<u8> {
        let mut context = b"s3 continuation".to_vec();
        let account = ask.caller.account.map(|account| account.to_string()).unwrap_or_default();
        let caller = [account.as_str(), ask.caller.user_id.as_str()];
        for part in caller.iter().chain(self.0) {
            context.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.extend_from_slice(part.as_bytes());
        }
        context
    }

    /// A token after which the list goes on behind this name.
    pub(super) fn token(&self, ask: &Ask<'_>, last: &str) -> String {
        URL_SAFE_NO_PAD.encode(ask.service.master.seal(&self.context(ask), last.as_bytes()))
    }

    /// The name behind which the list goes on.
    ///
    /// # Errors
    /// `InvalidArgument` for a token of another list or another caller, or none at all.
    pub(super) fn open(&self, ask: &Ask<'_>, token: &str) -> Result<String, ApiError> {
        let opened = URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|sealed| ask.service.master.open(&self.context(ask), &sealed).ok());
        opened.map(|name| name.expose_text().to_owned()).ok_or_else(|| {
            invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
        })
    }
}
