//! DescribeGroupMembership: who is in which group by it.

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribeGroupMembership",
    row::on!(
        "DescribeGroupMembership",
        scope::On::One(scope::Kind::Membership, "MembershipId"),
        scope::On::Store,
        scope::On::Both
    ),
    |ask| Ok(shown::membership(scope::store(ask)?, scope::membership(ask)?)),
);
