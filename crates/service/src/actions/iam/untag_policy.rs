//! UntagPolicy: removes tags of a managed policy.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::change(
    "UntagPolicy",
    Permission::Named("iam:UntagPolicy", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    tagging::untag::<ManagedPolicy>,
);
