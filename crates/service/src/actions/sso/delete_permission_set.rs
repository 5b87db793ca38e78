//! DeletePermissionSet: possible when nobody has it any more, anywhere.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DeletePermissionSet",
    row::on!("DeletePermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        let set = scope::set_to_change(ask)?;
        let center = &ask.snapshot.identity_center;
        let is_used = center.assignments_of_set(&set.id).next().is_some()
            || center.all_provisioned().any(|held| held.set == set.id);
        if is_used {
            return Err(scope::conflict(
                "The permission set is assigned or provisioned in accounts; delete its assignments first.",
            ));
        }
        draft.delete(Key::permission_set(&set.id));
        Ok(Value::structure())
    },
);
