//! UntagRole: removes tags of a role.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "UntagRole",
    Permission::Named("iam:UntagRole", target::need::<Role>),
    target::concerned::<Role>,
    tagging::untag::<Role>,
);
