//! ListMFADevices: a user's MFA devices, or the caller's own.

use portcullis_base::Value;

use super::owner::Owner;
use super::paging::Page;
use super::{listing, mfa_device, row};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::read(
    "ListMFADevices",
    Permission::Named("iam:ListMFADevices", mfa_device::need),
    mfa_device::concerned,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let owner = mfa_device::owner(ask)?;
    let mut devices = ask.snapshot.mfa_devices_of(ask.account(), owner.user_id());
    devices.sort_unstable_by_key(|device| listing::key(device.as_ref()));
    let user = match owner {
        Owner::User(user) => Some(user.as_ref()),
        Owner::Root => None,
    };
    let page = Page::of(ask, "mfa-devices")?;
    let key = |device: &&_| listing::key(std::sync::Arc::as_ref(device));
    Ok(page.answer("MFADevices", devices, key, |device| mfa_device::shown(device, user)))
}
