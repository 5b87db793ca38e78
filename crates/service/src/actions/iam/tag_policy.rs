//! TagPolicy: sets tags of a managed policy.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::change(
    "TagPolicy",
    Permission::Named("iam:TagPolicy", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    tagging::tag::<ManagedPolicy>,
);
