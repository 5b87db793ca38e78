//! DeleteGroup: only when it has no members and holds no policies any more.

use portcullis_base::Value;
use portcullis_store::Key;

use super::holder::refuse_policies;
use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "DeleteGroup",
    Permission::Named("iam:DeleteGroup", target::need::<Group>),
    target::concerned::<Group>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let group = target::find::<Group>(ask)?;
    if ask.snapshot.members_of(group.record.id).next().is_some() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must remove users from group first."));
    }
    refuse_policies(group.as_ref())?;
    draft.delete(Key::group(group.record.account, group.record.id));
    Ok(Value::structure())
}
