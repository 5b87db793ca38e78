//! TagUser: sets tags of a user.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "TagUser",
    Permission::Named("iam:TagUser", target::need::<User>),
    target::concerned::<User>,
    tagging::tag::<User>,
);
