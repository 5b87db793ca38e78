//! GetGroupPolicy: a policy that lives in a group.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::read(
    "GetGroupPolicy",
    Permission::Named("iam:GetGroupPolicy", target::need::<Group>),
    target::concerned::<Group>,
    inline::get::<Group>,
);
