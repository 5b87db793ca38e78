//! PutRolePermissionsBoundary: sets the managed policy that a role's permissions never exceed.

use super::{boundary, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "PutRolePermissionsBoundary",
    Permission::Named("iam:PutRolePermissionsBoundary", boundary::need_put::<Role>),
    target::concerned::<Role>,
    boundary::put::<Role>,
);
