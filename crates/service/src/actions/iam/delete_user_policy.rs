//! DeleteUserPolicy: takes a policy out of a user.

use super::{boundary, inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "DeleteUserPolicy",
    Permission::Named("iam:DeleteUserPolicy", boundary::need_held::<User>),
    target::concerned::<User>,
    inline::delete::<User>,
);
