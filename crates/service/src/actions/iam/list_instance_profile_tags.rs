//! ListInstanceProfileTags: the tags of an instance profile.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::InstanceProfile;

/// The action.
pub const ROW: Row = row::read(
    "ListInstanceProfileTags",
    Permission::Named("iam:ListInstanceProfileTags", target::need::<InstanceProfile>),
    target::concerned::<InstanceProfile>,
    tagging::list::<InstanceProfile>,
);
