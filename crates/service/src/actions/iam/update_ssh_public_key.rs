//! UpdateSSHPublicKey: switches a user's SSH public key off, or on again.

use portcullis_base::Value;

use super::{access_key, row, ssh_key, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "UpdateSSHPublicKey",
    Permission::Named("iam:UpdateSSHPublicKey", target::need::<User>),
    target::concerned::<User>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = ssh_key::find(ask)?.1.as_ref().clone();
    record.is_active = access_key::requested_status(ask)?;
    draft.put_ssh_key(&record);
    Ok(Value::structure())
}
