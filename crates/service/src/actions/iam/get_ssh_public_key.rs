//! GetSSHPublicKey: a user's SSH public key in SSH's own form or as PEM.

use portcullis_base::Value;

use super::ssh_encoding::SshPublicKey;
use super::{row, ssh_key, target};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::read(
    "GetSSHPublicKey",
    Permission::Named("iam:GetSSHPublicKey", target::need::<User>),
    target::concerned::<User>,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let (user, record) = ssh_key::find(ask)?;
    let key = SshPublicKey::from_blob(&record.blob)
        .ok_or_else(|| ApiError::internal("a stored SSH public key cannot be read"))?;
    // The model knows two encodings.
    let text = if ask.text("Encoding")? == "PEM" { key.pem() } else { key.ssh() };
    Ok(Value::structure().with("SSHPublicKey", ssh_key::whole(user, record, &key, text)))
}
