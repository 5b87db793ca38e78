//! TagMFADevice: sets tags of an MFA device.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row = row::change(
    "TagMFADevice",
    Permission::Named("iam:TagMFADevice", target::need::<MfaDevice>),
    target::concerned::<MfaDevice>,
    tagging::tag::<MfaDevice>,
);
