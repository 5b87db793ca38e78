//! AddRoleToInstanceProfile: puts a role into an instance profile, which takes one (IAM API reference).

use portcullis_base::Value;

use super::{instance_profile, row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{InstanceProfile, Role};

const ADD: &str = "iam:AddRoleToInstanceProfile";
const PASS: &str = "iam:PassRole";

/// The action.
pub const ROW: Row = row::change(
    "AddRoleToInstanceProfile",
    Permission::Several(&[ADD, PASS], |ask| {
        Ok(vec![target::need::<InstanceProfile>(ask, ADD)?, instance_profile::need_pass(ask, PASS)?])
    }),
    instance_profile::concerned,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = target::find::<InstanceProfile>(ask)?.record.clone();
    let role = target::find_modifiable::<Role>(ask)?;
    if record.role.is_some() {
        return Err(ApiError::limit_exceeded(
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        ));
    }
    record.role = Some(role.record.id);
    draft.put_instance_profile(&record);
    Ok(Value::structure())
}
