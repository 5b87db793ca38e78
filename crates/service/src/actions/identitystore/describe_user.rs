//! DescribeUser: all that is known of a user.

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribeUser",
    row::on!("DescribeUser", scope::On::Store, scope::On::One(scope::Kind::User, "UserId")),
    |ask| {
        let user = scope::user(ask, ask.text("UserId")?)?;
        Ok(shown::user(scope::store(ask)?, user, ask.input.list("Extensions")))
    },
);
