//! RemoveRoleFromInstanceProfile: takes the role out of an instance profile.

use portcullis_base::Value;

use super::target::Target;
use super::{instance_profile, row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{InstanceProfile, Role};

/// The action.
pub const ROW: Row = row::change(
    "RemoveRoleFromInstanceProfile",
    Permission::Named("iam:RemoveRoleFromInstanceProfile", target::need::<InstanceProfile>),
    instance_profile::concerned,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = target::find::<InstanceProfile>(ask)?.record.clone();
    let role = target::find_modifiable::<Role>(ask)?;
    if record.role != Some(role.record.id) {
        return Err(Role::absent(&role.record.name));
    }
    record.role = None;
    draft.put_instance_profile(&record);
    Ok(Value::structure())
}
