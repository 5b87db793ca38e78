//! ListMFADeviceTags: the tags of an MFA device.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row = row::read(
    "ListMFADeviceTags",
    Permission::Named("iam:ListMFADeviceTags", target::need::<MfaDevice>),
    target::concerned::<MfaDevice>,
    tagging::list::<MfaDevice>,
);
