//! What a token says, read strictly: a claim of another type than it has is no claim that can be passed over.
//!
//! OpenID Connect Core section 2; IAM User Guide, "Available keys for AWS OIDC federation" and "Pass session tags in AWS
//! STS" for what a token may say of the session.

use portcullis_base::{Tag, Timestamp};
use serde_json::Value as Json;

use super::json::Members;

/// How far the clocks of an issuer and of this machine may be apart, in seconds.
pub const LEEWAY_S: i64 = 60;
/// The longest subject (OpenID Connect Core section 2).
const SUBJECT_MAX: usize = 255;
/// The longest audience (IAM API reference, AddClientIDToOpenIDConnectProvider).
const AUDIENCE_MAX: usize = 255;
/// Methods of authentication of one token.
const METHODS_MAX: usize = 20;
/// Where a token says with which tags its session is made.
const TAGS: &str = "https://aws.amazon.com/tags";
/// Where a token says for whom its session is made.
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";

/// Why the claims of a token are not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// One is missing.
    Missing(&'static str),
    /// One is not what it must be.
    Malformed(&'static str),
    /// It is over.
    Expired(i64),
    /// It is not yet valid.
    Early,
    /// It is for somebody else.
    Audience,
}

/// The claims of a token that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `sub`
    pub subject: String,
    /// For whom it was made: the authorized party if it names one, else the registered one of its audiences.
    pub audience: String,
    /// The registered one of its audiences, where it names an authorized party beside it.
    pub original_audience: Option<String>,
    /// `amr`
    pub methods: Vec<String>,
    /// Tags for the session.
    pub tags: Vec<Tag>,
    /// Which of them are handed on.
    pub transitive_keys: Vec<String>,
    /// The source identity of the session.
    pub source_identity: Option<String>,
}

impl Claims {
    /// Reads the claims, for a provider with these clients.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn read(said: &Members, clients: &[String], now: Timestamp) -> Result<Self, Fault> {
        check_times(said, now.seconds())?;
        let subject = text(said, "sub", SUBJECT_MAX)?.ok_or(Fault::Missing("sub"))?;
        let audiences = texts(said, "aud", AUDIENCE_MAX)?;
        if audiences.is_empty() {
            return Err(Fault::Missing("aud"));
        }
        let is_client = |name: &&String| clients.contains(name);
        let meant = audiences.iter().find(is_client).ok_or(Fault::Audience)?.clone();
        let party = text(said, "azp", AUDIENCE_MAX)?;
        let (audience, original_audience) = match party {
            None => (meant, None),
            Some(party) if is_client(&&party) => (party, Some(meant)),
            Some(_) => return Err(Fault::Audience),
        };
        let methods = match said.member("amr") {
            Some(Json::Array(_)) | None => texts(said, "amr", AUDIENCE_MAX)?,
            Some(_) => return Err(Fault::Malformed("amr")),
        };
        if methods.len() > METHODS_MAX {
            return Err(Fault::Malformed("amr"));
        }
        let (tags, transitive_keys) = tags(said)?;
        let source_identity = text(said, SOURCE_IDENTITY, 64)?;
        if source_identity.as_deref().is_some_and(|name| !is_source_identity(name)) {
            return Err(Fault::Malformed(SOURCE_IDENTITY));
        }
        Ok(Self { subject, audience, original_audience, methods, tags, transitive_keys, source_identity })
    }
}

fn check_times(said: &Members, now_s: i64) -> Result<(), Fault> {
    let expires = time(said, "exp")?.ok_or(Fault::Missing("exp"))?;
    let issued = time(said, "iat")?.ok_or(Fault::Missing("iat"))?;
    let begins = time(said, "nbf")?.unwrap_or(issued);
    if expires.saturating_add(LEEWAY_S) <= now_s {
        return Err(Fault::Expired(expires));
    }
    if issued.max(begins).saturating_sub(LEEWAY_S) > now_s {
        return Err(Fault::Early);
    }
    Ok(())
}

/// Seconds, as a whole number: what is no number, or has no end, must not count as a time that never comes.
fn time(said: &Members, name: &'static str) -> Result<Option<i64>, Fault> {
    let Some(value) = said.member(name) else { return Ok(None) };
    value.as_i64().map(Some).ok_or(Fault::Malformed(name))
}

fn is_text(text: &str, most: usize) -> bool {
    !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

fn text(said: &Members, name: &'static str, most: usize) -> Result<Option<String>, Fault> {
    let Some(value) = said.member(name) else { return Ok(None) };
    let text = value.as_str().filter(|text| is_text(text, most)).ok_or(Fault::Malformed(name))?;
    Ok(Some(text.to_owned()))
}

/// One text, or a list of some.
fn texts(said: &Members, name: &'static str, most: usize) -> Result<Vec<String>, Fault> {
    let one = |value: &Json| value.as_str().filter(|text| is_text(text, most)).map(str::to_owned);
    match said.member(name) {
        None => Ok(Vec::new()),
        Some(Json::Array(items)) => {
            items.iter().map(one).collect::<Option<_>>().ok_or(Fault::Malformed(name))
        }
        Some(value) => one(value).map(|text| vec![text]).ok_or(Fault::Malformed(name)),
    }
}

/// STS API reference, AssumeRole: `SourceIdentity`.
fn is_source_identity(name: &str) -> bool {
    name.len() >= 2
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
        && !name.to_ascii_lowercase().starts_with("aws:")
}

/// `{"principal_tags": {"Key": ["value"]}, "transitive_tag_keys": ["Key"]}`
fn tags(said: &Members) -> Result<(Vec<Tag>, Vec<String>), Fault> {
    let Some(value) = said.member(TAGS) else { return Ok((Vec::new(), Vec::new())) };
    let malformed = || Fault::Malformed(TAGS);
    let object = value.as_object().ok_or_else(malformed)?;
    let mut tags = Vec::new();
    for (key, value) in object.get("principal_tags").and_then(Json::as_object).ok_or_else(malformed)? {
        let value = match value {
            Json::Array(items) if items.len() == 1 => items.first().and_then(Json::as_str),
            _ => None,
        };
        let value = value.filter(|value| is_tag_text(value, 256)).ok_or_else(malformed)?;
        if key.is_empty() || !is_tag_text(key, 128) {
            return Err(malformed());
        }
        tags.push(Tag { key: key.clone(), value: value.to_owned() });
    }
    let transitive = match object.get("transitive_tag_keys") {
        None => Vec::new(),
        Some(Json::Array(keys)) => {
            let keys: Option<Vec<String>> = keys.iter().map(|key| key.as_str().map(str::to_owned)).collect();
            keys.ok_or_else(malformed)?
        }
        Some(_) => return Err(malformed()),
    };
    Ok((tags, transitive))
}

/// STS API reference, `Tag`: letters, separators, numbers and a few signs.
fn is_tag_text(text: &str, most: usize) -> bool {
    let is_good = |letter: char| {
        letter.is_alphanumeric()
            || (letter.is_whitespace() && !letter.is_control())
            || "_.:/=+-@".contains(letter)
    };
    text.chars().count() <= most && text.chars().all(is_good)
}
