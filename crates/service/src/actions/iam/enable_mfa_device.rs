//! EnableMFADevice: gives a device to a user. Two consecutive codes show that the user has it, and how far its clock is
//! off.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::MfaAssignment;

use super::mfa_device::{self, owner};
use super::owner::Owner;
use super::target::{self, Target};
use super::{naming, row};
use crate::action::{Ask, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row = Row {
    prepare: Some(|prospect| mfa_device::prepare(prospect, find)),
    ..row::change(
        "EnableMFADevice",
        Permission::Named("iam:EnableMFADevice", mfa_device::need),
        mfa_device::concerned,
        plan,
    )
};

fn find<'a>(ask: &Ask<'a>) -> Result<(&'a Arc<MfaDevice>, Owner<'a>), ApiError> {
    let owner = owner(ask)?;
    let device = target::find::<MfaDevice>(ask)?;
    if device.owner().is_some() {
        return Err(ApiError::already_exists("MFA Device is already in use."));
    }
    let held = ask.snapshot.mfa_devices_of(ask.account(), owner.user_id()).len();
    naming::within(ask, "mfa-devices-per-user", "MFADevicesPerUser", held + 1)?;
    Ok((device, owner))
}

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (device, owner) = find(ask)?;
    let proof = mfa_device::proof(ask, device)?;
    let mut record = device.record.clone();
    record.assigned =
        Some(MfaAssignment { owner: owner.as_record(), enabled: ask.now, drift: proof.drift() });
    MfaDevice::put(draft, &record);
    Ok(Value::structure())
}
