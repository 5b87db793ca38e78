//! GetMFADevice: one device of a user, or of the caller's own.

use portcullis_base::Value;

use super::owner::Owner;
use super::{mfa_device, row};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::read(
    "GetMFADevice",
    Permission::Named("iam:GetMFADevice", mfa_device::need),
    mfa_device::concerned,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let (device, owner) = mfa_device::find_of_owner(ask)?;
    let user = match owner {
        Owner::User(user) => Some(user.as_ref()),
        Owner::Root => None,
    };
    Ok(mfa_device::shown(device, user))
}
