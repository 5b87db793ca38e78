//! PutRolePolicy: writes a policy into a role, over the one of the same name.

use super::{boundary, inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "PutRolePolicy",
    Permission::Named("iam:PutRolePolicy", boundary::need_held::<Role>),
    target::concerned::<Role>,
    inline::put::<Role>,
);
