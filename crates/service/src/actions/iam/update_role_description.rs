//! UpdateRoleDescription: a role's description alone; UpdateRole can do it too.

use portcullis_base::Value;

use super::{boundary, role_settings, row, service_linked, shown, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "UpdateRoleDescription",
    Permission::Named("iam:UpdateRoleDescription", boundary::need_held::<Role>),
    target::concerned::<Role>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let role = target::find::<Role>(ask)?;
    service_linked::describable(role)?;
    let mut record = role.record.clone();
    record.description = role_settings::description(ask);
    draft.put_role(&record);
    Ok(Value::structure().with("Role", shown::role(ask.snapshot, &Role::new(record))))
}
