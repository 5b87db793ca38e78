//! A code from an MFA device, given along with AssumeRole or GetSessionToken (STS API reference: `SerialNumber`,
//! `TokenCode`).
//!
//! It is looked at before the gate, since a trust policy may ask for it, and never passed over: whoever sends a code
//! believes that it counts.

use portcullis_base::Timestamp;

use crate::action::Ask;
use crate::error::{ApiError, Family};
use crate::flow::Prospect;
use crate::mfa::{Codes, Unproved, holder, prove, standing};
use crate::port::BoxFuture;

const INCOMPLETE: &str =
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
const UNKNOWN_DEVICE: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
                              MFA serial number is valid and associated with this user.";
const INVALID_CODE: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

fn failed(message: &str) -> ApiError {
    ApiError::access_denied(Family::Query, message)
}

/// Looks at the code in the input, if there is one, and uses it up.
///
/// # Errors
/// AccessDenied in AWS's wording when there is only half of what is needed, the device is not the caller's own, or the
/// code is not good.
pub fn prepare(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        let (serial, code) = match (prospect.input.text("SerialNumber"), prospect.input.text("TokenCode")) {
            (None, None) => return Ok(()),
            (Some(serial), Some(code)) => (serial, code),
            _ => return Err(failed(INCOMPLETE)),
        };
        let device = prospect.snapshot.mfa_device(serial).filter(|device| {
            device.owner().is_some()
                && device.owner() == holder(&prospect.caller)
                && Some(device.record.account) == prospect.caller.account
        });
        let device = device.ok_or_else(|| failed(UNKNOWN_DEVICE))?;
        let proof =
            prove(&prospect.service, device, Codes::One(code)).await.map_err(|error| match error {
                Unproved::Refused => failed(INVALID_CODE),
                Unproved::Failed(error) => error,
            })?;
        prospect.loaded.proof = Some(proof);
        Ok(())
    })
}

/// When the code that came with the request was given; none if none came.
///
/// # Errors
/// AccessDenied when the device has been taken from the caller meanwhile.
pub fn proved(ask: &Ask<'_>) -> Result<Option<Timestamp>, ApiError> {
    match (standing(ask), ask.input.text("SerialNumber")) {
        (Some(proof), _) => Ok(Some(proof.at())),
        (None, Some(_)) => Err(failed(UNKNOWN_DEVICE)),
        (None, None) => Ok(None),
    }
}
