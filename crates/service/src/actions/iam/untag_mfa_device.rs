//! UntagMFADevice: removes tags of an MFA device.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row = row::change(
    "UntagMFADevice",
    Permission::Named("iam:UntagMFADevice", target::need::<MfaDevice>),
    target::concerned::<MfaDevice>,
    tagging::untag::<MfaDevice>,
);
