//! GetRolePolicy: a policy that lives in a role.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "GetRolePolicy",
    Permission::Named("iam:GetRolePolicy", target::need::<Role>),
    target::concerned::<Role>,
    inline::get::<Role>,
);
