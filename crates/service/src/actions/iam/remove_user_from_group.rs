//! RemoveUserFromGroup: the group's policies no longer count for the user. The permission is asked on the group.

use super::{membership, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "RemoveUserFromGroup",
    Permission::Named("iam:RemoveUserFromGroup", target::need::<Group>),
    membership::concerned,
    membership::remove,
);
