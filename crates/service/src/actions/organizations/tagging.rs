//! Tags that the organization gives to its parts. Unlike IAM's their keys differ by case.

use portcullis_base::{Tag, Tags, Value};

use super::scope::{constraint, invalid};
use crate::action::Ask;
use crate::error::ApiError;

/// Tags of one resource (Organizations User Guide, "Quotas").
const TAGS_MAX: usize = 50;

/// The tags in the input.
///
/// # Errors
/// `InvalidInputException`, `ConstraintViolationException`.
pub fn requested(ask: &Ask<'_>) -> Result<Tags, ApiError> {
    let mut tags = Tags::new();
    for item in ask.input.list("Tags") {
        let (key, value) = (item.text("Key").unwrap_or_default(), item.text("Value").unwrap_or_default());
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(invalid(
                "INVALID_SYSTEM_TAGS_PARAMETER",
                "Keys that begin with aws: are AWS's own and cannot be set.",
            ));
        }
        if tags.value(key).is_some() {
            return Err(invalid("DUPLICATE_TAG_KEY", format!("The tag key {key} is given twice.")));
        }
        tags.set(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    within(&tags)?;
    Ok(tags)
}

/// Refuses more tags than a resource may have.
///
/// # Errors
/// `ConstraintViolationException`.
pub fn within(tags: &Tags) -> Result<(), ApiError> {
    if tags.len() > TAGS_MAX {
        return Err(constraint(
            "MAX_TAG_LIMIT_EXCEEDED",
            format!("A resource can have {TAGS_MAX} tags at most."),
        ));
    }
    Ok(())
}

/// Tags as answers have them.
pub fn shown(tags: &Tags) -> Vec<Value> {
    tags.iter()
        .map(|tag| Value::structure().with("Key", tag.key.as_str()).with("Value", tag.value.as_str()))
        .collect()
}
