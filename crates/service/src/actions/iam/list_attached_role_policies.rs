//! ListAttachedRolePolicies: the managed policies attached to a role.

use super::{attachment, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "ListAttachedRolePolicies",
    Permission::Named("iam:ListAttachedRolePolicies", target::need::<Role>),
    target::concerned::<Role>,
    attachment::list::<Role>,
);
