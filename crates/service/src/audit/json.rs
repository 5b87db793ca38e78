//! Values as CloudTrail writes them: camel-case members, instants as text, secrets left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::Value;
use serde_json::{Map, Value as Json, json};

/// A member's name with its first letter in lower case: `UserName` is `userName`,
/// `MFACode` is `mFACode` as CloudTrail has it.
pub fn camel_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

/// Text of at most so many bytes, cut at a character's edge.
pub fn shortened(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A value as JSON, without the members that `hides` names.
pub fn from_value(value: &Value, hides: &dyn Fn(&str) -> bool) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => json!(STANDARD.encode(bytes)),
        // CloudTrail writes instants as "Oct 2, 2019, 11:12:29 PM".
        Value::Time(instant) => json!(instant.format("%b %-d, %Y, %-I:%M:%S %p")),
        Value::List(items) => items.iter().map(|item| from_value(item, hides)).collect(),
        Value::Map(members) => {
            let shown = members.iter().filter(|(name, _)| !hides(name));
            Json::Object(
                shown
                    .map(|(name, value)| (camel_case(name), from_value(value, hides)))
                    .collect::<Map<_, _>>(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::Timestamp;

    #[test]
    fn values_are_written_as_cloudtrail_writes_them() {
        let value = Value::structure()
            .with("UserName", "alice")
            .with("SecretAccessKey", "canary")
            .with("Expiration", Timestamp::parse_iso("2019-10-02T23:12:29Z").unwrap());
        let json = from_value(&value, &|name| name == "SecretAccessKey");
        assert_eq!(json.to_string(), r#"{"userName":"alice","expiration":"Oct 2, 2019, 11:12:29 PM"}"#);
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(shortened("aé", 2), "a");
        assert_eq!(shortened("aé", 3), "aé");
    }
}
