//! DeleteRole: only when it holds no policies any more. Its sessions end with it.

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
    refuse_policies(role.as_ref())?;
    draft.delete(Key::role(role.record.account, role.record.id));
    Ok(Value::structure())
}
