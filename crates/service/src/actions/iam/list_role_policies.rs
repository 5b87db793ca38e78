//! ListRolePolicies: the names of the policies that live in a role.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "ListRolePolicies",
    Permission::Named("iam:ListRolePolicies", target::need::<Role>),
    target::concerned::<Role>,
    inline::list::<Role>,
);
