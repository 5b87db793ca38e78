//! Attributes for access control: which session tags are filled from a user's attributes, and from which.

use portcullis_base::Value;
use portcullis_store::record::AttributeSource;

use super::scope::{self, invalid};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;

/// Session tags that can be filled (SSO Admin API reference, `AccessControlAttributeList`).
const ATTRIBUTES_MAX: usize = 50;

/// What the input asks for.
///
/// # Errors
/// `ValidationException`.
pub fn requested(ask: &Ask<'_>) -> Result<Vec<AttributeSource>, ApiError> {
    let given = ask.input.member("InstanceAccessControlAttributeConfiguration");
    let mut all: Vec<AttributeSource> = Vec::new();
    for item in given.map_or(&[][..], |given| given.list("AccessControlAttributes")) {
        let key = item.text("Key").unwrap_or_default().to_owned();
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(invalid("Keys that begin with aws: are AWS's own and cannot be set."));
        }
        if all.iter().any(|held| held.key.eq_ignore_ascii_case(&key)) {
            return Err(invalid(format!("The key {key} is given twice.")));
        }
        let sources = item.member("Value").map_or(&[][..], |value| value.list("Source"));
        let sources: Vec<String> = sources.iter().filter_map(Value::as_text).map(str::to_owned).collect();
        if let Some(odd) = sources.iter().find(|text| !text.starts_with("${path:") || !text.ends_with('}')) {
            return Err(invalid(format!("{odd} is no source: one has the form ${{path:name.givenName}}.")));
        }
        all.push(AttributeSource { key, sources });
    }
    if all.len() > ATTRIBUTES_MAX {
        return Err(invalid(format!("There can be {ATTRIBUTES_MAX} attributes at most.")));
    }
    Ok(all)
}

/// What is configured.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn held<'a>(ask: &Ask<'a>) -> Result<&'a [AttributeSource], ApiError> {
    let held = scope::instance(ask)?.attributes.as_deref();
    held.ok_or_else(|| scope::absent("The instance has no attributes for access control."))
}

/// Drafts another configuration, or none.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn put(ask: &Ask<'_>, draft: &mut Draft, all: Option<Vec<AttributeSource>>) -> Result<(), ApiError> {
    let mut record = scope::instance(ask)?.as_ref().clone();
    record.attributes = all;
    draft.put_instance(&record);
    Ok(())
}

/// As an answer has it.
pub fn shown(all: &[AttributeSource]) -> Value {
    let one = |held: &AttributeSource| {
        let sources: Value = held.sources.iter().map(|text| Value::from(text.as_str())).collect();
        Value::structure()
            .with("Key", held.key.as_str())
            .with("Value", Value::structure().with("Source", sources))
    };
    let all: Value = all.iter().map(one).collect();
    Value::structure().with("AccessControlAttributes", all)
}
