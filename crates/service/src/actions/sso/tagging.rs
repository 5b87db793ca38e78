//! Tags of the instance and of permission sets.

use portcullis_base::{Tag, Tags, Value};

use super::scope::{self, invalid, refuse};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;

/// Tags of one resource (IAM Identity Center User Guide, "Quotas").
const TAGS_MAX: usize = 50;

/// The tags in the input.
///
/// # Errors
/// `ValidationException`, `ServiceQuotaExceededException`.
pub fn requested(ask: &Ask<'_>) -> Result<Tags, ApiError> {
    let mut tags = Tags::new();
    for item in ask.input.list("Tags") {
        let (key, value) = (item.text("Key").unwrap_or_default(), item.text("Value").unwrap_or_default());
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(invalid("Tag keys that begin with aws: are AWS's own and cannot be set."));
        }
        if tags.value(key).is_some() {
            return Err(invalid(format!("The tag key {key} is given twice.")));
        }
        tags.set(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    within(&tags)?;
    Ok(tags)
}

fn within(tags: &Tags) -> Result<(), ApiError> {
    if tags.len() > TAGS_MAX {
        let message = format!("A resource can have {TAGS_MAX} tags at most.");
        return Err(refuse("ServiceQuotaExceededException", message));
    }
    Ok(())
}

/// Tags as answers have them.
pub fn shown(tags: &Tags) -> Value {
    tags.iter()
        .map(|tag| Value::structure().with("Key", tag.key.as_str()).with("Value", tag.value.as_str()))
        .collect()
}

/// The tags of what `ResourceArn` names.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn of_resource<'a>(ask: &Ask<'a>) -> Result<&'a Tags, ApiError> {
    if ask.input.text("InstanceArn").is_some() {
        scope::instance(ask)?;
    }
    let arn = ask.text("ResourceArn")?;
    let gone = || scope::absent(format!("Resource with ARN {arn} was not found."));
    let instance = scope::own_instance(ask).ok_or_else(gone)?;
    if scope::instance_arn(instance) == arn {
        return Ok(&instance.tags);
    }
    scope::set_by_arn(ask, instance, arn).map(|set| &set.tags).ok_or_else(gone)
}

/// Drafts a change to them.
///
/// # Errors
/// `AccessDeniedException`, `ResourceNotFoundException`, `ServiceQuotaExceededException`.
pub fn change(ask: &Ask<'_>, draft: &mut Draft, change: impl Fn(&mut Tags)) -> Result<(), ApiError> {
    let mut tags = of_resource(ask)?.clone();
    change(&mut tags);
    within(&tags)?;
    let arn = ask.text("ResourceArn")?;
    let Some(instance) = scope::own_instance(ask) else { return Ok(()) };
    if let Some(set) = scope::set_by_arn(ask, instance, arn) {
        scope::within_reach(ask, instance, set)?;
        let mut record = set.as_ref().clone();
        record.tags = tags;
        draft.put_permission_set(&record);
    } else {
        let mut record = instance.as_ref().clone();
        record.tags = tags;
        draft.put_instance(&record);
    }
    Ok(())
}
