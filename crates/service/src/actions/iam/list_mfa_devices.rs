//! ListMFADevices: a user's MFA devices, of which there are none here.

use super::{nothing, owner, row};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "ListMFADevices",
    Permission::Named("iam:ListMFADevices", owner::need),
    owner::concerned,
    |ask| nothing::list_of_owner(ask, "MFADevices"),
);
