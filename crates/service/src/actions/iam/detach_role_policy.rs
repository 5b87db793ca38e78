//! DetachRolePolicy: a managed policy no longer counts for a role.

use super::{attachment, row};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "DetachRolePolicy",
    Permission::Named("iam:DetachRolePolicy", attachment::need::<Role>),
    attachment::concerned::<Role>,
    attachment::detach::<Role>,
);
