//! How long the sessions of GetSessionToken and GetFederationToken last (STS API reference): up to 36 hours, 12 if
//! the caller does not say, and never more than one for the root user, whose longer wishes are shortened.

use crate::action::Ask;
use crate::caller::Holder;

const DEFAULT_S: u32 = 43_200;
const ROOT_S_MAX: u32 = 3600;

/// The lifetime of the session that a user or root asks for, in seconds. The range is the model's to check.
pub fn of(ask: &Ask<'_>) -> u32 {
    let asked = ask.input.int("DurationSeconds").and_then(|asked| u32::try_from(asked).ok());
    let asked = asked.unwrap_or(DEFAULT_S);
    if matches!(ask.caller.holder, Holder::Root) { asked.min(ROOT_S_MAX) } else { asked }
}
