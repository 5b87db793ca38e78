//! UntagUser: removes tags of a user.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "UntagUser",
    Permission::Named("iam:UntagUser", target::need::<User>),
    target::concerned::<User>,
    tagging::untag::<User>,
);
