//! ListRoles: roles, by path, with their trust policies.

use super::{listing, row, shown};
use crate::action::{Permission, Row, no_resources};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "ListRoles",
    Permission::Named("iam:ListRoles", |ask, action| Ok(listing::need::<Role>(ask, action))),
    no_resources,
    |ask| listing::answer::<Role>(ask, "Roles", shown::role),
);
