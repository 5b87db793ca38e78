//! GetGroupId: the id of the group with a name or an id elsewhere.

use portcullis_base::Value;

use super::{alternate, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "GetGroupId",
    row::on!("GetGroupId", scope::On::Store, scope::On::Found(scope::Kind::Group)),
    |ask| {
        let (store, group) = (scope::store(ask)?, alternate::group(ask)?);
        Ok(Value::structure()
            .with("IdentityStoreId", store.store.as_str())
            .with("GroupId", group.id.as_str())
            .with("GroupArn", scope::Kind::Group.arn(&group.id)))
    },
);
