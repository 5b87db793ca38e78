//! DeleteRolePolicy: takes a policy out of a role.

use super::{boundary, inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "DeleteRolePolicy",
    Permission::Named("iam:DeleteRolePolicy", boundary::need_held::<Role>),
    target::concerned::<Role>,
    inline::delete::<Role>,
);
