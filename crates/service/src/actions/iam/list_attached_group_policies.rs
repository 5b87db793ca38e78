//! ListAttachedGroupPolicies: the managed policies attached to a group.

use super::{attachment, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::read(
    "ListAttachedGroupPolicies",
    Permission::Named("iam:ListAttachedGroupPolicies", target::need::<Group>),
    target::concerned::<Group>,
    attachment::list::<Group>,
);
