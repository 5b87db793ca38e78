//! Tags of objects and buckets (S3 User Guide, "Categorizing your objects using tags").

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use portcullis_base::{Tag, Tags, Value};

use super::refusal::invalid_argument;
use crate::action::Need;
use crate::error::ApiError;

/// Tags of one object.
pub(super) const OBJECT_TAGS_MAX: usize = 10;
/// Tags of one bucket.
pub(super) const BUCKET_TAGS_MAX: usize = 50;
const KEY_MAX: usize = 128;
const VALUE_MAX: usize = 256;

/// The tags of an `x-amz-tagging` header: a query string.
///
/// # Errors
/// `InvalidArgument` when it is none, `InvalidTag` for what may not be in a tag.
pub(super) fn of_header(input: &Value) -> Result<Tags, ApiError> {
    let Some(header) = input.text("Tagging").filter(|header| !header.is_empty()) else {
        return Ok(Tags::new());
    };
    let refused = || {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters \
                       without tag name duplicates.";
        invalid_argument("x-amz-tagging", header, message)
    };
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned).map_err(|_| refused())
    };
    let mut pairs = Vec::new();
    for pair in header.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push(Tag { key: decoded(key)?, value: decoded(value)? });
    }
    checked(pairs, OBJECT_TAGS_MAX)
}

/// The tags of a `TagSet`.
///
/// # Errors
/// `InvalidTag`, or `BadRequest` for too many.
pub(super) fn of_set(tag_set: &[Value], most: usize) -> Result<Tags, ApiError> {
    let pairs = tag_set.iter().map(|tag| Tag {
        key: tag.text("Key").unwrap_or_default().to_owned(),
        value: tag.text("Value").unwrap_or_default().to_owned(),
    });
    checked(pairs.collect(), most)
}

fn checked(pairs: Vec<Tag>, most: usize) -> Result<Tags, ApiError> {
    if pairs.len() > most {
        let kind = if most == OBJECT_TAGS_MAX { "Object tags" } else { "Bucket tag count" };
        return Err(ApiError::caller("BadRequest", 400, format!("{kind} cannot be greater than {most}")));
    }
    let mut tags = Tags::new();
    for tag in pairs {
        let invalid = |message: &str| {
            ApiError::caller("InvalidTag", 400, message)
                .with("TagKey", tag.key.chars().take(256).collect::<String>())
        };
        if tag.key.is_empty() || tag.key.chars().count() > KEY_MAX || !tag.key.chars().all(is_allowed) {
            return Err(invalid("The TagKey you have provided is invalid"));
        }
        if tag.value.chars().count() > VALUE_MAX || !tag.value.chars().all(is_allowed) {
            return Err(invalid("The TagValue you have provided is invalid"));
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("System tags cannot be added/updated by requester"));
        }
        if tags.value(&tag.key).is_some() {
            return Err(invalid("Cannot provide multiple Tags with the same key"));
        }
        tags.set(tag);
    }
    Ok(tags)
}

fn is_allowed(letter: char) -> bool {
    letter.is_alphanumeric() || " +-=._:/@".contains(letter)
}

/// Adds the keys of tags that a request gives to a bucket.
pub(super) fn with_tag_keys(need: Need, tags: &Tags) -> Need {
    if tags.is_empty() {
        return need;
    }
    let keys = tags.iter().map(|tag| tag.key.clone()).collect();
    tags.iter()
        .fold(need, |need, tag| need.key(format!("aws:RequestTag/{}", tag.key), tag.value.as_str()))
        .keys("aws:TagKeys", keys)
}

/// Tags as a `TagSet`.
pub(super) fn tag_set(tags: &Tags) -> Value {
    tags.iter()
        .map(|tag| Value::structure().with("Key", tag.key.as_str()).with("Value", tag.value.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Result<Vec<(String, String)>, String> {
        of_header(&Value::structure().with("Tagging", text))
            .map(|tags| tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect())
            .map_err(|error| error.code.into_owned())
    }

    #[test]
    fn the_header_is_a_query_string() {
        let pairs = header("a=1&b+c=%C3%A4&empty=&bare").unwrap();
        let expected = [("a", "1"), ("b c", "ä"), ("empty", ""), ("bare", "")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(header("").unwrap(), []);
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        assert_eq!(header("a=1&a=2").unwrap_err(), "InvalidTag");
        assert_eq!(header("a=%ff").unwrap_err(), "InvalidArgument");
        assert_eq!(header("aws:x=1").unwrap_err(), "InvalidTag");
        assert_eq!(header("a=b%0Ac").unwrap_err(), "InvalidTag");
        assert_eq!(header(&format!("{}=1", "k".repeat(129))).unwrap_err(), "InvalidTag");
        let eleven: Vec<String> = (0..11).map(|n| format!("k{n}=v")).collect();
        assert_eq!(header(&eleven.join("&")).unwrap_err(), "BadRequest");
    }
}
