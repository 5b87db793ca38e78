//! DeactivateMFADevice: takes a device from its user. Sessions that were made with it keep what they say of it, as AWS's
//! do.

use portcullis_base::Value;

use super::target::Target;
use super::{mfa_device, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row = row::change(
    "DeactivateMFADevice",
    Permission::Named("iam:DeactivateMFADevice", mfa_device::need),
    mfa_device::concerned,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (device, _) = mfa_device::find_of_owner(ask)?;
    let mut record = device.record.clone();
    record.assigned = None;
    MfaDevice::put(draft, &record);
    Ok(Value::structure())
}
