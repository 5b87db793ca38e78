//! ListGroupsForUser: the groups that a user is in.

use super::{membership, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::read(
    "ListGroupsForUser",
    Permission::Named("iam:ListGroupsForUser", target::need::<User>),
    target::concerned::<User>,
    membership::list,
);
