//! ListSSHPublicKeys: a user's SSH keys, of which there are none here.

use super::{nothing, owner, row};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "ListSSHPublicKeys",
    Permission::Named("iam:ListSSHPublicKeys", owner::need),
    owner::concerned,
    |ask| nothing::list_of_owner(ask, "SSHPublicKeys"),
);
