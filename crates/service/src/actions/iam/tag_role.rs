//! TagRole: sets tags of a role.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "TagRole",
    Permission::Named("iam:TagRole", target::need::<Role>),
    target::concerned::<Role>,
    tagging::tag::<Role>,
);
