//! ResyncMFADevice: finds out anew how far a device's clock is off.

use portcullis_base::Value;

use super::target::Target;
use super::{mfa_device, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row = Row {
    prepare: Some(|prospect| mfa_device::prepare(prospect, mfa_device::find_of_owner)),
    ..row::change(
        "ResyncMFADevice",
        Permission::Named("iam:ResyncMFADevice", mfa_device::need),
        mfa_device::concerned,
        plan,
    )
};

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (device, _) = mfa_device::find_of_owner(ask)?;
    let proof = mfa_device::proof(ask, device)?;
    let mut record = device.record.clone();
    record.assigned = record.assigned.map(|mut assigned| {
        assigned.drift = proof.drift();
        assigned
    });
    MfaDevice::put(draft, &record);
    Ok(Value::structure())
}
