//! ListInstanceProfilesForRole: the instance profiles that a role is in.

use super::{instance_profile, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "ListInstanceProfilesForRole",
    Permission::Named("iam:ListInstanceProfilesForRole", target::need::<Role>),
    target::concerned::<Role>,
    instance_profile::list_of_role,
);
