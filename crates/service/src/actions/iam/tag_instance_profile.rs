//! TagInstanceProfile: sets tags of an instance profile.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::InstanceProfile;

/// The action.
pub const ROW: Row = row::change(
    "TagInstanceProfile",
    Permission::Named("iam:TagInstanceProfile", target::need::<InstanceProfile>),
    target::concerned::<InstanceProfile>,
    tagging::tag::<InstanceProfile>,
);
