//! ListRoleTags: the tags of a role.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "ListRoleTags",
    Permission::Named("iam:ListRoleTags", target::need::<Role>),
    target::concerned::<Role>,
    tagging::list::<Role>,
);
