//! Versions of managed policies: `v1`, `v2` and so on, never given twice.

use portcullis_base::Value;
use portcullis_store::record::{PolicyRecord, PolicyVersionRecord};

use super::{documents, naming};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;

/// The version that the input's document makes.
///
/// # Errors
/// `MalformedPolicyDocument`, `LimitExceeded`.
pub fn requested(ask: &Ask<'_>, number: u32, draft: &mut Draft) -> Result<PolicyVersionRecord, ApiError> {
    let text = ask.text("PolicyDocument")?;
    documents::identity(text, draft)?;
    naming::within(ask, "policy-size", "PolicySize", documents::size(text))?;
    Ok(PolicyVersionRecord { number, text: text.to_owned(), created: ask.now })
}

/// The version of a policy that the input names.
///
/// # Errors
/// `NoSuchEntity`.
pub fn find<'r>(ask: &Ask<'_>, record: &'r PolicyRecord) -> Result<&'r PolicyVersionRecord, ApiError> {
    let id = ask.text("VersionId")?;
    record.versions.iter().find(|version| id_of(version.number) == id).ok_or_else(|| {
        let arn = ask.input.text("PolicyArn").unwrap_or_default();
        ApiError::no_such_entity(format!("Policy {arn} version {id} does not exist or is not attachable."))
    })
}

/// `v3`
pub fn id_of(number: u32) -> String {
    format!("v{number}")
}

/// A version without its document.
pub fn shown(version: &PolicyVersionRecord, default: u32) -> Value {
    Value::structure()
        .with("VersionId", id_of(version.number))
        .with("IsDefaultVersion", version.number == default)
        .with("CreateDate", version.created)
}

/// A version with its document.
pub fn whole(version: &PolicyVersionRecord, default: u32) -> Value {
    shown(version, default).with("Document", documents::encoded(&version.text))
}
