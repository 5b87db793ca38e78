//! Filters of lists: one at most, for equality (Identity Store API reference, `Filter`).

use super::scope::invalid;
use crate::action::Ask;
use crate::error::ApiError;

/// The value that an attribute must have, if the request says so.
///
/// # Errors
/// `ValidationException` for more than one filter, and for an attribute that nothing is found by.
pub fn wanted<'a>(ask: &Ask<'a>, attribute: &str) -> Result<Option<&'a str>, ApiError> {
    let filter = match ask.input.list("Filters") {
        [] => return Ok(None),
        [filter] => filter,
        _ => return Err(invalid("There can be one filter at most.")),
    };
    let path = filter.text("AttributePath").unwrap_or_default();
    if !path.eq_ignore_ascii_case(attribute) {
        return Err(invalid(format!("{path} is no attribute to filter by: {attribute}.")));
    }
    Ok(filter.text("AttributeValue"))
}
