//! DeleteSSHPublicKey: forgets a user's SSH public key.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, ssh_key, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "DeleteSSHPublicKey",
    Permission::Named("iam:DeleteSSHPublicKey", target::need::<User>),
    target::concerned::<User>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (_, record) = ssh_key::find(ask)?;
    draft.delete(Key::ssh_key(record.account, record.id));
    Ok(Value::structure())
}
