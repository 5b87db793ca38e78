//! DescribeGroup: a group without its users.

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribeGroup",
    row::on!("DescribeGroup", scope::On::Store, scope::On::One(scope::Kind::Group, "GroupId")),
    |ask| Ok(shown::group(scope::store(ask)?, scope::group(ask)?)),
);
