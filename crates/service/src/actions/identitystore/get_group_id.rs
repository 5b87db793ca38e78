//! GetGroupId: the id of the group with a name.

use portcullis_base::Value;

use super::alternate::{self, Alternate};
use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "GetGroupId",
    row::on!("GetGroupId", scope::On::Store, scope::On::Every(scope::Kind::Group)),
    |ask| {
        let (store, directory) = (scope::store(ask)?, &ask.snapshot.directory);
        let (found, told) = match alternate::requested(ask)? {
            Alternate::External(id) => (None, id),
            Alternate::Attribute(path, value) if path.eq_ignore_ascii_case("displayName") => {
                (directory.group_named(value), value)
            }
            Alternate::Attribute(path, _) => return Err(alternate::no_such_attribute(path)),
        };
        let group = found.ok_or_else(|| scope::absent("GROUP", told))?;
        Ok(Value::structure()
            .with("IdentityStoreId", store.store.as_str())
            .with("GroupId", group.id.as_str())
            .with("GroupArn", scope::Kind::Group.arn(&group.id)))
    },
);
