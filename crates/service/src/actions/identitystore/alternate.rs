//! What a user or group is found by beside its id (Identity Store API reference, `AlternateIdentifier`).

use portcullis_base::Value;

use super::scope::invalid;
use crate::action::Ask;
use crate::error::ApiError;

/// Something that one alone has.
#[derive(Debug)]
pub enum Alternate<'a> {
    /// An attribute with its value.
    Attribute(&'a str, &'a str),
    /// The id that another directory gave, with whose it is.
    External(&'a str),
}

/// What the request looks for.
///
/// # Errors
/// `ValidationException` unless it is exactly one thing.
pub fn requested<'a>(ask: &Ask<'a>) -> Result<Alternate<'a>, ApiError> {
    let given = ask.input.member("AlternateIdentifier");
    let external = given.and_then(|given| given.member("ExternalId"));
    let attribute = given.and_then(|given| given.member("UniqueAttribute"));
    match (external, attribute) {
        (Some(external), None) => Ok(Alternate::External(external.text("Id").unwrap_or_default())),
        (None, Some(attribute)) => {
            let value = attribute.member("AttributeValue").and_then(Value::as_text);
            let value = value.ok_or_else(|| invalid("AttributeValue must be a text."))?;
            Ok(Alternate::Attribute(attribute.text("AttributePath").unwrap_or_default(), value))
        }
        _ => Err(invalid("AlternateIdentifier must have either ExternalId or UniqueAttribute.")),
    }
}

/// The answer to an attribute that nobody is found by.
pub fn no_such_attribute(path: &str) -> ApiError {
    invalid(format!("{path} is no unique attribute."))
}
