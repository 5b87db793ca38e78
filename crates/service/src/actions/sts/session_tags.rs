//! Session tags: those passed in a request, and those that a chain of sessions hands on.
//!
//! IAM User Guide, "Pass session tags in AWS STS". A transitive tag goes on to every further session of the chain and
//! cannot be changed there; any other ends with its session.

use portcullis_base::name::FoldedName;
use portcullis_base::{Tag, Tags, Value};

use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::limits::SESSION_TAGS_MAX;

/// The tags of a session that is to be issued.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SessionTags {
    /// All of them, inherited ones first.
    pub tags: Tags,
    /// Which of them are handed on.
    pub transitive_keys: Vec<String>,
}

/// Whether a session made by this request has tags that its maker answers for: passed or handed on.
pub fn are_given(ask: &Ask<'_>) -> bool {
    !ask.input.list("Tags").is_empty() || !ask.caller.transitive_tags().is_empty()
}

/// The need with `sts:TransitiveTagKeys`, where the request names any. `aws:RequestTag` and `aws:TagKeys` every
/// request with tags has.
pub fn with_key(need: Need, input: &Value) -> Need {
    with_transitive(need, transitive_keys(input))
}

fn with_transitive(need: Need, keys: Vec<String>) -> Need {
    if keys.is_empty() { need } else { need.keys("sts:TransitiveTagKeys", keys) }
}

/// The need with the tags of the role that is asked for.
pub fn with_tags_of_role<'t>(mut need: Need, tags: impl IntoIterator<Item = &'t Tag>) -> Need {
    for tag in tags {
        for prefix in ["aws", "iam"] {
            need = need.key(format!("{prefix}:ResourceTag/{}", tag.key), tag.value.as_str());
        }
    }
    need
}

/// The need with everything that is asked about tags, where a token or an assertion names them.
pub fn with_keys_of<'t>(
    mut need: Need,
    tags: impl IntoIterator<Item = &'t Tag>,
    transitive: &[String],
) -> Need {
    let mut keys = Vec::new();
    for tag in tags {
        need = need.key(format!("aws:RequestTag/{}", tag.key), tag.value.as_str());
        keys.push(tag.key.clone());
    }
    if !keys.is_empty() {
        need = need.keys("aws:TagKeys", keys);
    }
    with_transitive(need, transitive.to_vec())
}

/// The tags of the session that a request asks for.
///
/// # Errors
/// `InvalidParameterValue` when a key is AWS's own, comes twice, or is inherited; when a transitive key is no tag of
/// the request; when there are too many.
pub fn of(ask: &Ask<'_>) -> Result<SessionTags, ApiError> {
    let given: Vec<Tag> = ask.input.list("Tags").iter().map(tag).collect();
    gathered(ask.caller.transitive_tags(), &given, &transitive_keys(ask.input))
}

/// The tags of the session that a token or an assertion speaks of.
///
/// # Errors
/// The same.
pub fn of_token(given: &[Tag], transitive: &[String]) -> Result<SessionTags, ApiError> {
    gathered(Tags::new(), given, transitive)
}

fn tag(item: &Value) -> Tag {
    let text = |name| item.text(name).unwrap_or_default().to_owned();
    Tag { key: text("Key"), value: text("Value") }
}

fn gathered(mut tags: Tags, given: &[Tag], transitive_keys: &[String]) -> Result<SessionTags, ApiError> {
    let mut transitive: Vec<String> = tags.iter().map(|tag| tag.key.clone()).collect();
    let inherited = tags.len();
    for tag in given {
        check_key(&tag.key, &tags, inherited)?;
        tags.set(tag.clone());
    }
    if tags.len() > SESSION_TAGS_MAX {
        return Err(invalid(format!(
            "A session can have at most {SESSION_TAGS_MAX} tags, inherited ones included."
        )));
    }
    for key in transitive_keys {
        if has_key(&transitive, key) {
            continue;
        }
        let held = tags.iter().find(|tag| FoldedName::new(&tag.key) == FoldedName::new(key));
        let held = held.ok_or_else(|| {
            invalid("The specified transitive tag key must be included in the requested tags.")
        })?;
        transitive.push(held.key.clone());
    }
    Ok(SessionTags { tags, transitive_keys: transitive })
}

fn check_key(key: &str, held: &Tags, inherited: usize) -> Result<(), ApiError> {
    if FoldedName::new(key).as_str().starts_with("aws:") {
        return Err(invalid("Tag keys that begin with aws: are reserved and cannot be set."));
    }
    match held.iter().position(|tag| FoldedName::new(&tag.key) == FoldedName::new(key)) {
        None => Ok(()),
        Some(at) if at < inherited => Err(invalid(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
             from the calling session.",
        )),
        Some(_) => Err(invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")),
    }
}

fn transitive_keys(input: &Value) -> Vec<String> {
    input.list("TransitiveTagKeys").iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

fn has_key(keys: &[String], key: &str) -> bool {
    keys.iter().any(|held| FoldedName::new(held) == FoldedName::new(key))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::caller("InvalidParameterValue", 400, message)
}
