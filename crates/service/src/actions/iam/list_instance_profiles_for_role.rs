//! ListInstanceProfilesForRole: the instance profiles that a role is in, of which there are none here.

use super::{nothing, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "ListInstanceProfilesForRole",
    Permission::Named("iam:ListInstanceProfilesForRole", target::need::<Role>),
    target::concerned::<Role>,
    |ask| {
        target::find::<Role>(ask)?;
        nothing::list(ask, "InstanceProfiles")
    },
);
