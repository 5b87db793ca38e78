//! SSH public keys of users: found by their ids, and shown in either form.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::SshKeyRecord;

use super::access_key::status;
use super::ssh_encoding::SshPublicKey;
use super::target;
use crate::action::Ask;
use crate::error::ApiError;
use crate::snapshot::User;

/// The key that the input names, if it is that of the user whom the input names.
///
/// # Errors
/// `NoSuchEntity`.
pub fn find<'a>(ask: &Ask<'a>) -> Result<(&'a User, &'a Arc<SshKeyRecord>), ApiError> {
    let user = target::find::<User>(ask)?;
    let text = ask.text("SSHPublicKeyId")?;
    let key = text.parse().ok().and_then(|id| ask.snapshot.belongings.ssh_key(id));
    let key = key.filter(|key| key.user == user.record.id);
    let key = key.ok_or_else(|| {
        ApiError::no_such_entity(format!("The SSH Public Key with id {text} cannot be found."))
    })?;
    Ok((user, key))
}

/// A key in a list.
pub fn shown(user: &User, key: &SshKeyRecord) -> Value {
    Value::structure()
        .with("UserName", user.record.name.as_str())
        .with("SSHPublicKeyId", key.id.to_string())
        .with("Status", status(key.is_active))
        .with("UploadDate", key.uploaded)
}

/// A key with its text and fingerprint.
pub fn whole(user: &User, record: &SshKeyRecord, key: &SshPublicKey, text: impl Into<String>) -> Value {
    shown(user, record).with("Fingerprint", key.fingerprint()).with("SSHPublicKeyBody", text.into())
}
