//! PutRolePolicy: writes a policy into a role, over the one of the same name.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "PutRolePolicy",
    Permission::Named("iam:PutRolePolicy", inline::need::<Role>),
    target::concerned::<Role>,
    inline::put::<Role>,
);
