//! GetUserId: the id of the user with a name or an address. An id from another directory finds nobody: none was ever
//! given one.

use portcullis_base::Value;

use super::alternate::{self, Alternate};
use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "GetUserId",
    row::on!("GetUserId", scope::On::Store, scope::On::Every(scope::Kind::User)),
    |ask| {
        let (store, directory) = (scope::store(ask)?, &ask.snapshot.directory);
        let (found, told) = match alternate::requested(ask)? {
            Alternate::External(id) => (None, id),
            Alternate::Attribute(path, value) if path.eq_ignore_ascii_case("userName") => {
                (directory.user_named(value), value)
            }
            Alternate::Attribute(path, value) if path.eq_ignore_ascii_case("emails.value") => {
                (directory.user_at(value), value)
            }
            Alternate::Attribute(path, _) => return Err(alternate::no_such_attribute(path)),
        };
        let user = found.ok_or_else(|| scope::absent("USER", told))?;
        Ok(Value::structure()
            .with("IdentityStoreId", store.store.as_str())
            .with("UserId", user.id.as_str())
            .with("UserArn", scope::Kind::User.arn(&user.id)))
    },
);
