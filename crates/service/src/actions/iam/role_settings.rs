//! What a role has beside its policies: a description and the longest session it gives.

use crate::action::Ask;
use crate::error::ApiError;

/// The longest session of a role that says nothing (IAM API reference, CreateRole `MaxSessionDuration`).
pub const SESSION_DEFAULT_S: u32 = 3600;
/// The bounds of what a role can say.
const SESSION_S: std::ops::RangeInclusive<u32> = 3600..=43_200;

/// The description in the input; an empty one is none.
pub fn description(ask: &Ask<'_>) -> Option<String> {
    ask.input.text("Description").filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The longest session in the input.
///
/// # Errors
/// `ValidationError` outside one to twelve hours.
pub fn max_session_s(ask: &Ask<'_>) -> Result<Option<u32>, ApiError> {
    let Some(seconds) = ask.input.int("MaxSessionDuration") else { return Ok(None) };
    match u32::try_from(seconds) {
        Ok(seconds) if SESSION_S.contains(&seconds) => Ok(Some(seconds)),
        _ => Err(ApiError::validation(format!(
            "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy \
             constraint: Member must have value between {} and {}",
            SESSION_S.start(),
            SESSION_S.end()
        ))),
    }
}
