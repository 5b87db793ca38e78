//! DeleteUserPermissionsBoundary: nothing bounds a user's permissions from now on.

use super::{boundary, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "DeleteUserPermissionsBoundary",
    Permission::Named("iam:DeleteUserPermissionsBoundary", boundary::need_held::<User>),
    target::concerned::<User>,
    boundary::delete::<User>,
);
