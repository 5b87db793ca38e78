//! How long sessions of a permission set last: `PT1H` to `PT12H` (SSO Admin API reference, `SessionDuration`).

use super::scope::invalid;
use crate::error::ApiError;

/// Without a word about it: an hour.
pub const DEFAULT_S: u32 = 3600;
const LEAST_S: u32 = 3600;
const MOST_S: u32 = 12 * 3600;

/// Seconds of an ISO 8601 duration with hours and minutes.
///
/// # Errors
/// `ValidationException` for another form, and for what is too short or too long.
pub fn seconds(text: &str) -> Result<u32, ApiError> {
    parsed(text).filter(|seconds| (LEAST_S..=MOST_S).contains(seconds)).ok_or_else(|| {
        invalid(format!(
            "SessionDuration {text} is not valid: an ISO 8601 duration from PT1H to PT12H is wanted, such as PT8H or \
             PT1H30M."
        ))
    })
}

fn parsed(text: &str) -> Option<u32> {
    let mut rest = text.strip_prefix("PT").filter(|rest| !rest.is_empty())?;
    let mut seconds = 0_u32;
    for (unit, of) in [('H', 3600_u32), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            if number.is_empty() || number.len() > 6 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            seconds = seconds.checked_add(number.parse::<u32>().ok()?.checked_mul(of)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(seconds)
}

/// The same as text.
pub fn shown(seconds: u32) -> String {
    let parts = [(seconds / 3600, 'H'), (seconds % 3600 / 60, 'M'), (seconds % 60, 'S')];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    parts.fold("PT".to_owned(), |text, (number, unit)| format!("{text}{number}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_shown() {
        for (text, held, again) in [
            ("PT1H", 3600, "PT1H"),
            ("PT12H", 43_200, "PT12H"),
            ("PT90M", 5400, "PT1H30M"),
            ("PT3600S", 3600, "PT1H"),
            ("PT1H0M1S", 3601, "PT1H1S"),
        ] {
            assert_eq!(seconds(text), Ok(held), "{text}");
            assert_eq!(shown(held), again);
        }
        for text in [
            "",
            "PT",
            "P1D",
            "1H",
            "PT59M",
            "PT12H1S",
            "PT13H",
            "PTH",
            "PT1H ",
            "PT-1H",
            "PT1M1H",
            "PT9999999H",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
