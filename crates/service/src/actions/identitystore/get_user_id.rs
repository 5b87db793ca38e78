//! GetUserId: the id of the user with a name, an address or an id elsewhere.

use portcullis_base::Value;

use super::{alternate, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "GetUserId",
    row::on!("GetUserId", scope::On::Store, scope::On::Found(scope::Kind::User)),
    |ask| {
        let (store, user) = (scope::store(ask)?, alternate::user(ask)?);
        Ok(Value::structure()
            .with("IdentityStoreId", store.store.as_str())
            .with("UserId", user.id.as_str())
            .with("UserArn", scope::Kind::User.arn(&user.id)))
    },
);
