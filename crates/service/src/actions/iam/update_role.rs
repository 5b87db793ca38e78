//! UpdateRole: a role's description and longest session; what is not given stays. Sessions already issued keep the
//! length they have (IAM API reference, UpdateRole).

use portcullis_base::Value;

use super::{boundary, role_settings, row, target};
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
    let mut record = target::find_modifiable::<Role>(ask)?.record.clone();
    if ask.input.text("Description").is_some() {
        record.description = role_settings::description(ask);
    }
    if let Some(seconds) = role_settings::max_session_s(ask)? {
        record.max_session_s = seconds;
    }
    draft.put_role(&record);
    Ok(Value::structure())
}
