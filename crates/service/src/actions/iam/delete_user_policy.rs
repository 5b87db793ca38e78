//! DeleteUserPolicy: takes a policy out of a user.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "DeleteUserPolicy",
    Permission::Named("iam:DeleteUserPolicy", inline::need::<User>),
    target::concerned::<User>,
    inline::delete::<User>,
);
