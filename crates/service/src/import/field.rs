//! Members of what AWS's tools print, read into types: each refusal says which member and why.

use portcullis_base::{AccountId, Arn, Tag, Tags, Timestamp, UniqueId, UniqueIdKind};
use serde_json::Value;

/// The longest path (IAM API reference, `pathType`).
const PATH_MAX: usize = 512;
/// The longest document in characters (IAM API reference, `policyDocumentType`).
const DOCUMENT_MAX: usize = 131_072;
/// Tags that one thing can have; more is no list of AWS's.
const TAGS_MAX: usize = 200;

/// A text that must be there.
///
/// # Errors
/// Its name, when it is not.
pub fn text<'a>(of: &'a Value, name: &str) -> Result<&'a str, String> {
    of.get(name).and_then(Value::as_str).ok_or_else(|| format!("has no text {name}"))
}

/// A text that may be absent.
pub fn text_if_any<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

/// A list; an absent one is empty.
///
/// # Errors
/// Its name, when it is something else.
pub fn list<'a>(of: &'a Value, name: &str) -> Result<&'a [Value], String> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("has a {name} that is no list")),
    }
}

/// A unique id of this kind.
///
/// # Errors
/// When it is of another.
pub fn id(of: &Value, name: &str, kind: UniqueIdKind) -> Result<UniqueId, String> {
    let text = text(of, name)?;
    let id = text.parse::<UniqueId>().ok().filter(|id| id.kind() == kind);
    id.ok_or_else(|| format!("has the {name} {text:?}, which is no id that begins with {}", kind.prefix()))
}

/// An instant: ISO 8601, or seconds since 1970.
///
/// # Errors
/// When it is neither.
pub fn instant(of: &Value, name: &str) -> Result<Timestamp, String> {
    let read = match of.get(name) {
        Some(Value::String(text)) => Timestamp::parse_iso(text).ok(),
        Some(Value::Number(number)) => number.as_f64().filter(|it| it.abs() < 1e11).map(|seconds| {
            #[expect(clippy::cast_possible_truncation, reason = "it is bounded on the line above")]
            Timestamp::from_millis((seconds * 1000.0).round() as i64)
        }),
        _ => None,
    };
    read.ok_or_else(|| format!("has no date {name}"))
}

/// Tags, as everything has them under `Tags`.
///
/// # Errors
/// When one is none, or a key stands twice.
pub fn tags(of: &Value) -> Result<Tags, String> {
    let mut tags = Tags::new();
    let items = list(of, "Tags")?;
    if items.len() > TAGS_MAX {
        return Err(format!("has {} tags", items.len()));
    }
    for item in items {
        let (key, value) = (text(item, "Key")?, text(item, "Value")?);
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(format!("has a tag {key:?} that is too short or too long"));
        }
        if tags.value(key).is_some() {
            return Err(format!("has the tag {key:?} twice"));
        }
        tags.set(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    Ok(tags)
}

/// The name of a user, role, group or policy of at most this many characters (IAM API reference, `userNameType`).
///
/// # Errors
/// When it has other characters or another length.
pub fn name(of: &Value, member: &str, most: usize) -> Result<String, String> {
    let text = text(of, member)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if text.is_empty() || text.len() > most || !text.bytes().all(is_plain) {
        return Err(format!("has the {member} {text:?}, which is no name"));
    }
    Ok(text.to_owned())
}

/// A path.
///
/// # Errors
/// When it is none.
pub fn path(of: &Value) -> Result<String, String> {
    let text = text(of, "Path")?;
    let inner = text.strip_prefix('/').map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    let is_path = text.len() <= PATH_MAX
        && text.ends_with('/')
        && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
        && inner.is_some_and(|inner| !inner.split('/').any(|part| part == "." || part == ".."));
    if is_path { Ok(text.to_owned()) } else { Err(format!("has the Path {text:?}, which is none")) }
}

/// The account that an IAM ARN names, which must be the ARN of this kind, path and name.
///
/// # Errors
/// When it is another.
pub fn account(of: &Value, kind: &str, path: &str, name: &str) -> Result<AccountId, String> {
    let text = text(of, "Arn")?;
    let other = || format!("has the Arn {text:?}, which is not that of the {kind} {path}{name}");
    let arn: Arn = text.parse().map_err(|_| other())?;
    let account = arn.account_id().ok_or_else(other)?;
    if crate::snapshot::iam_arn(account, kind, path, name) == text { Ok(account) } else { Err(other()) }
}

/// A policy document: an object, as the AWS CLI prints it, or a percent-encoded text, as the API gives it.
///
/// # Errors
/// When it is neither.
pub fn document(of: &Value, member: &str) -> Result<String, String> {
    let text = match of.get(member) {
        Some(value @ Value::Object(_)) => value.to_string(),
        Some(Value::String(text)) if text.trim_start().starts_with('{') => text.clone(),
        Some(Value::String(text)) => percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .map_err(|_| format!("has a {member} that is no text"))?
            .into_owned(),
        _ => return Err(format!("has no {member}")),
    };
    if text.chars().count() > DOCUMENT_MAX {
        return Err(format!("has a {member} of more than {DOCUMENT_MAX} characters"));
    }
    Ok(text)
}

/// What people call something: at most so many characters, and none that steers a terminal but white space.
///
/// # Errors
/// When it is absent, too long or no text.
pub fn label(of: &Value, name: &str, most: usize) -> Result<String, String> {
    let text = text(of, name)?;
    if text.chars().count() > most || text.chars().any(|it| it.is_control() && !it.is_ascii_whitespace()) {
        return Err(format!("has a {name} that is too long or no text"));
    }
    Ok(text.to_owned())
}

/// The same where it may be absent.
///
/// # Errors
/// When it is too long or no text.
pub fn label_if_any(of: &Value, name: &str, most: usize) -> Result<Option<String>, String> {
    if of.get(name).is_none_or(Value::is_null) { Ok(None) } else { label(of, name, most).map(Some) }
}
