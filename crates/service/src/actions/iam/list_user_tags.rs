//! ListUserTags: the tags of a user.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::read(
    "ListUserTags",
    Permission::Named("iam:ListUserTags", target::need::<User>),
    target::concerned::<User>,
    tagging::list::<User>,
);
