//! DeleteRolePermissionsBoundary: nothing bounds a role's permissions from now on.

use super::{boundary, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "DeleteRolePermissionsBoundary",
    Permission::Named("iam:DeleteRolePermissionsBoundary", boundary::need_held::<Role>),
    target::concerned::<Role>,
    boundary::delete::<Role>,
);
