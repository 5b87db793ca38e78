//! DeleteRole: only when it holds no policies any more and is in no instance profile. Its sessions end with it.

use portcullis_base::Value;
use portcullis_store::Key;

use super::holder::refuse_policies;
use super::{boundary, row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "DeleteRole",
    Permission::Named("iam:DeleteRole", boundary::need_held::<Role>),
    target::concerned::<Role>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let role = target::find_modifiable::<Role>(ask)?;
    if ask.snapshot.belongings.profiles_of(role.record.id).next().is_some() {
        let message = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(ApiError::delete_conflict(message));
    }
    refuse_policies(role.as_ref())?;
    draft.delete(Key::role(role.record.account, role.record.id));
    Ok(Value::structure())
}
