//! What a user or group is found by beside its id (Identity Store API reference, `AlternateIdentifier`).

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::{DirectoryGroupRecord, DirectoryUserRecord};

use super::scope::{absent, invalid};
use crate::action::Ask;
use crate::error::ApiError;

/// Something that one alone has.
#[derive(Debug)]
enum Alternate<'a> {
    /// An attribute with its value.
    Attribute(&'a str, &'a str),
    /// Whose directory gave an id, and the id.
    External(&'a str, &'a str),
}

/// What the request looks for.
///
/// # Errors
/// `ValidationException` unless it is exactly one thing.
fn requested<'a>(ask: &Ask<'a>) -> Result<Alternate<'a>, ApiError> {
    let given = ask.input.member("AlternateIdentifier");
    let external = given.and_then(|given| given.member("ExternalId"));
    let attribute = given.and_then(|given| given.member("UniqueAttribute"));
    match (external, attribute) {
        (Some(external), None) => {
            let text = |member| external.text(member).unwrap_or_default();
            Ok(Alternate::External(text("Issuer"), text("Id")))
        }
        (None, Some(attribute)) => {
            let value = attribute.member("AttributeValue").and_then(Value::as_text);
            let value = value.ok_or_else(|| invalid("AttributeValue must be a text."))?;
            Ok(Alternate::Attribute(attribute.text("AttributePath").unwrap_or_default(), value))
        }
        _ => Err(invalid("AlternateIdentifier must have either ExternalId or UniqueAttribute.")),
    }
}

/// The answer to an attribute that nobody is found by.
fn no_such_attribute(path: &str) -> ApiError {
    invalid(format!("{path} is no unique attribute."))
}

/// The user that the request looks for.
///
/// # Errors
/// `ResourceNotFoundException`; `ValidationException` unless it looks for one by what one alone has.
pub fn user<'a>(ask: &Ask<'a>) -> Result<&'a Arc<DirectoryUserRecord>, ApiError> {
    let directory = &ask.snapshot.directory;
    let (found, told) = match requested(ask)? {
        Alternate::External(issuer, id) => (directory.user_of(issuer, id), id),
        Alternate::Attribute(path, value) if path.eq_ignore_ascii_case("userName") => {
            (directory.user_named(value), value)
        }
        Alternate::Attribute(path, value) if path.eq_ignore_ascii_case("emails.value") => {
            (directory.user_at(value), value)
        }
        Alternate::Attribute(path, _) => return Err(no_such_attribute(path)),
    };
    found.ok_or_else(|| absent("USER", told))
}

/// The group that the request looks for.
///
/// # Errors
/// `ResourceNotFoundException`; `ValidationException` unless it looks for one by what one alone has.
pub fn group<'a>(ask: &Ask<'a>) -> Result<&'a Arc<DirectoryGroupRecord>, ApiError> {
    let directory = &ask.snapshot.directory;
    let (found, told) = match requested(ask)? {
        Alternate::External(issuer, id) => (directory.group_of(issuer, id), id),
        Alternate::Attribute(path, value) if path.eq_ignore_ascii_case("displayName") => {
            (directory.group_named(value), value)
        }
        Alternate::Attribute(path, _) => return Err(no_such_attribute(path)),
    };
    found.ok_or_else(|| absent("GROUP", told))
}
