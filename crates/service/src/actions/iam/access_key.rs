//! Access keys of users and of root: who owns one, and how it is shown. Its secret is shown once, when it is made.

use std::sync::Arc;

use portcullis_base::{AccessKeyId, Value};
use portcullis_store::Key;
use portcullis_store::record::AccessKeyRecord;

use super::owner::Owner;
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::snapshot::AccessKey;

/// `Active` or `Inactive`.
pub fn status(is_active: bool) -> &'static str {
    if is_active { "Active" } else { "Inactive" }
}

/// Whether the input wants a credential active.
///
/// # Errors
/// `InvalidInput` for `Expired`, which is in the model, but only AWS itself sets it.
pub fn requested_status(ask: &Ask<'_>) -> Result<bool, ApiError> {
    match ask.text("Status")? {
        "Active" => Ok(true),
        "Inactive" => Ok(false),
        other => Err(ApiError::invalid_input(format!(
            "Status {other} cannot be set: a credential is made Active or Inactive."
        ))),
    }
}

/// The key that the input names, if it is the owner's.
///
/// # Errors
/// `NoSuchEntity`.
pub fn find<'a>(ask: &Ask<'a>, owner: &Owner<'a>) -> Result<&'a Arc<AccessKey>, ApiError> {
    let text = ask.text("AccessKeyId")?;
    let key = text.parse::<AccessKeyId>().ok().and_then(|id| ask.snapshot.access_key(&id));
    key.filter(|key| key.owner == owner.as_record() && key.account == ask.account())
        .ok_or_else(|| ApiError::no_such_entity(format!("The Access Key with id {text} cannot be found.")))
}

/// A key without its secret.
pub fn shown(key: &AccessKey, owner: &Owner<'_>) -> Value {
    Value::structure()
        .with_some("UserName", owner.name())
        .with("AccessKeyId", key.id.as_str())
        .with("Status", status(key.is_active))
        .with("CreateDate", key.created)
}

/// Drafts a key; its secret is sealed to the place where it lies.
pub fn draft(ask: &Ask<'_>, key: &AccessKey, draft: &mut Draft) {
    let place = Key::access_key(&key.id);
    draft.put_access_key(&AccessKeyRecord {
        id: key.id.clone(),
        account: key.account,
        owner: key.owner,
        sealed_secret: ask.service.master.seal(&place.0, key.secret.expose_bytes()),
        is_active: key.is_active,
        created: key.created,
    });
}
