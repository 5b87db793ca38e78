//! UntagInstanceProfile: removes tags of an instance profile.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::InstanceProfile;

/// The action.
pub const ROW: Row = row::change(
    "UntagInstanceProfile",
    Permission::Named("iam:UntagInstanceProfile", target::need::<InstanceProfile>),
    target::concerned::<InstanceProfile>,
    tagging::untag::<InstanceProfile>,
);
