//! UpdateRole: a role's description and longest session; what is not given stays. Sessions already issued keep the
//! length they have (IAM API reference, UpdateRole).

use portcullis_base::Value;

use super::target::Target;
use super::{boundary, role_settings, row, service_linked, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "UpdateRole",
    Permission::Named("iam:UpdateRole", boundary::need_held::<Role>),
    target::concerned::<Role>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let role = target::find::<Role>(ask)?;
    match ask.input.member("MaxSessionDuration") {
        Some(_) => role.modifiable()?,
        None => service_linked::describable(role)?,
    }
    let mut record = role.record.clone();
    if ask.input.text("Description").is_some() {
        record.description = role_settings::description(ask);
    }
    if let Some(seconds) = role_settings::max_session_s(ask)? {
        record.max_session_s = seconds;
    }
    draft.put_role(&record);
    Ok(Value::structure())
}
