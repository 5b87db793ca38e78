//! DeleteGroup: the group and its memberships go; what was assigned to it is nobody's any more.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{naming, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DeleteGroup",
    row::on!("DeleteGroup", scope::On::Store, scope::On::One(scope::Kind::Group, "GroupId")),
    |ask, draft| {
        let group = scope::group(ask)?;
        naming::current(ask, group.revision)?;
        let memberships = ask.snapshot.directory.members(&group.id);
        draft.delete_all(memberships.map(|held| Key::directory_membership(&held.id)).collect());
        draft.delete(Key::directory_group(&group.id));
        Ok(Value::structure())
    },
);
