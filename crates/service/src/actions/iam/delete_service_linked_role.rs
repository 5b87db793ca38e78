//! DeleteServiceLinkedRole: deletes a service's role. The services are not here, so that none can still need it, and it
//! is gone when the answer comes.

use portcullis_base::Value;
use portcullis_store::Key;

use super::service_linked::{DeletionTask, is_linked};
use super::target::Target;
use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "DeleteServiceLinkedRole",
    Permission::Named("iam:DeleteServiceLinkedRole", target::need::<Role>),
    target::concerned::<Role>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let role = target::find::<Role>(ask)?;
    if !is_linked(role) {
        return Err(Role::absent(&role.record.name));
    }
    draft.delete(Key::role(role.record.account, role.record.id));
    Ok(Value::structure().with("DeletionTaskId", DeletionTask::id(ask, role)))
}
