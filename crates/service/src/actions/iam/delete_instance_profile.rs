//! DeleteInstanceProfile: only when no role is in it.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::InstanceProfile;

/// The action.
pub const ROW: Row = row::change(
    "DeleteInstanceProfile",
    Permission::Named("iam:DeleteInstanceProfile", target::need::<InstanceProfile>),
    target::concerned::<InstanceProfile>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let profile = target::find::<InstanceProfile>(ask)?;
    if profile.record.role.is_some() {
        let message = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(ApiError::delete_conflict(message));
    }
    draft.delete(Key::instance_profile(profile.record.account, profile.record.id));
    Ok(Value::structure())
}
