//! Values as CloudTrail writes them: camel-case members, instants as text, secrets left out.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::Value;
use portcullis_policy::{Effect, Verdict};
use serde_json::{Map, Value as Json, json};

use crate::gate::Judged;

/// Longest error message, user agent and the like in a record (CloudTrail record contents: 1 KB).
pub const TEXT_MAX: usize = 1024;

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

/// Parameters that let whoever reads a presigned URL do what it allows.
const SIGNING: [&str; 2] = ["X-Amz-Signature", "X-Amz-Security-Token"];

/// Text as it is, but of a presigned URL, which can be a target of Revoke, not what makes it one.
fn unsigned(text: &str) -> Cow<'_, str> {
    let is_end = |letter| matches!(letter, '?' | '&' | '#');
    let signs = |part: &str| {
        let name = part.split_once('=').map_or("", |(name, _)| name);
        SIGNING.iter().any(|held| held.eq_ignore_ascii_case(name))
    };
    if !text.contains('=') || !text.split(is_end).any(signs) {
        return Cow::Borrowed(text);
    }
    let kept = |part: &str| match part.split_once('=') {
        Some((name, rest)) if signs(part) => {
            format!("{name}=HIDDEN{}", rest.matches(is_end).collect::<String>())
        }
        _ => part.to_owned(),
    };
    text.split_inclusive(is_end).map(kept).collect::<String>().into()
}

/// A value as JSON, without the members that `hides` names.
pub fn from_value(value: &Value, hides: &dyn Fn(&str) -> bool) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Text(text) => json!(unsigned(text)),
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

/// Which statement of which policy decided.
pub fn judged_json(judged: &Judged) -> Json {
    let verdict = match judged.decision.verdict {
        Verdict::Allow => "Allow".to_owned(),
        Verdict::ExplicitDeny(layer) => format!("ExplicitDeny:{layer:?}"),
        Verdict::ImplicitDeny(layer) => format!("ImplicitDeny:{layer:?}"),
        Verdict::Forbidden(_) => "Forbidden".to_owned(),
    };
    let deciding: Vec<Json> = judged
        .decision
        .deciding
        .iter()
        .take(20)
        .map(|deciding| {
            json!({
                "layer": format!("{:?}", deciding.layer),
                "policy": deciding.policy,
                "statement": deciding.statement,
                "index": deciding.index,
                "effect": if deciding.effect == Effect::Deny { "Deny" } else { "Allow" },
            })
        })
        .collect();
    json!({
        "action": judged.action,
        "resource": shortened(&judged.resource, TEXT_MAX),
        "verdict": verdict,
        "statements": deciding,
    })
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
    fn a_presigned_url_is_written_without_its_signature() {
        for (text, written) in [
            (
                "https://h/b/k?X-Amz-Credential=ASIA1%2F2&x-amz-signature=ab&X-Amz-Security-Token=c=d&x=1#f",
                "https://h/b/k?X-Amz-Credential=ASIA1%2F2&x-amz-signature=HIDDEN&X-Amz-Security-Token=HIDDEN&x=1#f",
            ),
            ("/b/k?X-Amz-Signature=ab", "/b/k?X-Amz-Signature=HIDDEN"),
            ("a=b & X-Amz-Signature is c?", "a=b & X-Amz-Signature is c?"),
            ("plain", "plain"),
        ] {
            assert_eq!(unsigned(text), written);
        }
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(shortened("aé", 2), "a");
        assert_eq!(shortened("aé", 3), "aé");
    }
}
