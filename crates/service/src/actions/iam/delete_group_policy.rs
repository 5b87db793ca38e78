//! DeleteGroupPolicy: takes a policy out of a group.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "DeleteGroupPolicy",
    Permission::Named("iam:DeleteGroupPolicy", target::need::<Group>),
    target::concerned::<Group>,
    inline::delete::<Group>,
);
