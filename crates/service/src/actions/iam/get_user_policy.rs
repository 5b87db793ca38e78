//! GetUserPolicy: a policy that lives in a user.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::read(
    "GetUserPolicy",
    Permission::Named("iam:GetUserPolicy", target::need::<User>),
    target::concerned::<User>,
    inline::get::<User>,
);
