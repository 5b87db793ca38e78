//! ListGroupPolicies: the names of the policies that live in a group.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::read(
    "ListGroupPolicies",
    Permission::Named("iam:ListGroupPolicies", target::need::<Group>),
    target::concerned::<Group>,
    inline::list::<Group>,
);
