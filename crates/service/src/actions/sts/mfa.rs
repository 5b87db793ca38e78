//! A code from an MFA device, given along with AssumeRole or GetSessionToken.
//!
//! There are no MFA devices here yet, so no code can be right. One that is given is refused and never passed over:
//! whoever sends it believes that it counts.

use portcullis_base::Value;

use crate::error::{ApiError, Family};

const INCOMPLETE: &str =
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
const UNKNOWN_DEVICE: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
                              MFA serial number is valid and associated with this user.";

/// Checks what the input says of MFA.
///
/// # Errors
/// AccessDenied in AWS's wording when it gives a serial number, a code or both.
pub fn check(input: &Value) -> Result<(), ApiError> {
    match (input.text("SerialNumber"), input.text("TokenCode")) {
        (None, None) => Ok(()),
        (Some(_), Some(_)) => Err(ApiError::access_denied(Family::Query, UNKNOWN_DEVICE)),
        _ => Err(ApiError::access_denied(Family::Query, INCOMPLETE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_refused_and_half_a_code_too() {
        let serial = Value::structure().with("SerialNumber", "arn:aws:iam::123456789012:mfa/alice");
        let message = |input: &Value| check(input).unwrap_err().message;
        assert_eq!(check(&Value::structure()), Ok(()));
        assert_eq!(message(&serial), INCOMPLETE);
        assert_eq!(message(&Value::structure().with("TokenCode", "123456")), INCOMPLETE);
        assert_eq!(message(&serial.with("TokenCode", "123456")), UNKNOWN_DEVICE);
    }
}
