//! AddUserToGroup: the group's policies count for the user from now on. The permission is asked on the group.

use super::{membership, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "AddUserToGroup",
    Permission::Named("iam:AddUserToGroup", target::need::<Group>),
    membership::concerned,
    membership::add,
);
