//! ListGroups: groups, by path.

use super::{listing, row, shown};
use crate::action::{Permission, Row, no_resources};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::read(
    "ListGroups",
    Permission::Named("iam:ListGroups", |ask, action| Ok(listing::need::<Group>(ask, action))),
    no_resources,
    |ask| listing::answer::<Group>(ask, "Groups", |_, group| shown::group(group)),
);
