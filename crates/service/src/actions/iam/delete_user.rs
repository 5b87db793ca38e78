//! DeleteUser: only when nothing belongs to it any more. Its sessions end with it, and a namesake made later gets
//! nothing that named it (IAM User Guide, "Deleting an IAM user").

use portcullis_base::Value;
use portcullis_store::Key;

use super::holder::refuse_policies;
use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "DeleteUser",
    Permission::Named("iam:DeleteUser", target::need::<User>),
    target::concerned::<User>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let user = target::find::<User>(ask)?;
    let record = &user.record;
    refuse_policies(user.as_ref())?;
    if !record.groups.is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must remove user from group first."));
    }
    if !ask.snapshot.access_keys_of(record.account, Some(record.id)).is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must delete access keys first."));
    }
    if !ask.snapshot.mfa_devices_of(record.account, Some(record.id)).is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must delete MFA device first."));
    }
    draft.delete(Key::user(record.account, record.id));
    Ok(Value::structure())
}
