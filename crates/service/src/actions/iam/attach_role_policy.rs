//! AttachRolePolicy: a managed policy counts for a role from now on.

use super::{attachment, row};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "AttachRolePolicy",
    Permission::Named("iam:AttachRolePolicy", attachment::need::<Role>),
    attachment::concerned::<Role>,
    attachment::attach::<Role>,
);
