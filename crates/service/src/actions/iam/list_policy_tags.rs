//! ListPolicyTags: the tags of a managed policy.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::read(
    "ListPolicyTags",
    Permission::Named("iam:ListPolicyTags", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    tagging::list::<ManagedPolicy>,
);
