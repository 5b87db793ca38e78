//! ListUserPolicies: the names of the policies that live in a user.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::read(
    "ListUserPolicies",
    Permission::Named("iam:ListUserPolicies", target::need::<User>),
    target::concerned::<User>,
    inline::list::<User>,
);
