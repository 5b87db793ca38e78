//! Policy documents on their way in and out.
//!
//! In: parsed by the grammar of their kind, with what lint says noted and sizes held against the quotas. Out: the text as it
//! was saved, percent-encoded as IAM's answers have it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis_policy::{Document, PolicyKind};
use portcullis_store::record::DocumentRecord;

use super::naming::within;
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;

/// Everything but the unreserved characters (RFC 3986 section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A document as answers have it.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The size that quotas count: characters that are no white space (IAM User Guide, "IAM and AWS STS quotas").
pub fn size(text: &str) -> usize {
    text.chars().filter(|character| !character.is_ascii_whitespace()).count()
}

fn parsed(text: &str, kind: PolicyKind, draft: &mut Draft) -> Result<Document, ApiError> {
    let parsed =
        portcullis_policy::parse(text, kind).map_err(|error| ApiError::malformed_policy(error.message))?;
    crate::lint::note(text, kind, draft);
    Ok(parsed.document)
}

/// Checks the document of an identity policy; advice goes into the draft.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub fn identity(text: &str, draft: &mut Draft) -> Result<(), ApiError> {
    parsed(text, PolicyKind::Identity, draft).map(|_| ())
}

/// A role's trust policy ready to be stored: the users and roles that it names are resolved to their unique ids.
///
/// # Errors
/// `MalformedPolicyDocument`, also for a principal that does not exist; `LimitExceeded`.
pub fn trust(ask: &Ask<'_>, text: &str, draft: &mut Draft) -> Result<DocumentRecord, ApiError> {
    let document = parsed(text, PolicyKind::Trust, draft)?;
    within(ask, "trust-policy-size", "ACLSizePerRole", size(text))?;
    ask.snapshot.resolved(text, &document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_percent_encoded_to_the_last_reserved_character() {
        assert_eq!(encoded("{\"A\": [\n\t'a-b_c.d~e*(é)/:+']}"), {
            "%7B%22A%22%3A%20%5B%0A%09%27a-b_c.d~e%2A%28%C3%A9%29%2F%3A%2B%27%5D%7D"
        });
    }

    #[test]
    fn white_space_is_not_counted() {
        assert_eq!(size("{ \"a\":\t1\r\n}"), 7);
    }
}
