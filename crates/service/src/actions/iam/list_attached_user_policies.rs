//! ListAttachedUserPolicies: the managed policies attached to a user.

use super::{attachment, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::read(
    "ListAttachedUserPolicies",
    Permission::Named("iam:ListAttachedUserPolicies", target::need::<User>),
    target::concerned::<User>,
    attachment::list::<User>,
);
