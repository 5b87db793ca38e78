//! What an assertion's attributes say about the session to come (IAM User Guide, "Configure SAML assertions for the
//! authentication response"). Their names are compared as they are written.

use portcullis_base::name::FoldedName;
use portcullis_base::{Tag, Tags};

use super::keys::OF_AWS;
use super::{Assertion, Refusal};
use crate::limits::SESSION_TAGS_MAX;

const TAG_PREFIX: &str = "PrincipalTag:";
const DURATION_S: std::ops::RangeInclusive<u32> = 900..=43_200;

const NO_NAME: &str = "RoleSessionName is required in AuthnResponse";
const BAD_NAME: &str = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}";
const BAD_SOURCE: &str = "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"";
const BAD_DURATION: &str = "SessionDuration in AuthnResponse must be one number from 900 to 43200";
const BAD_TAG: &str = "PrincipalTag in AuthnResponse must have one value, and key and value of a session tag";
const BAD_TRANSITIVE: &str = "TransitiveTagKeys in AuthnResponse must be keys of PrincipalTag attributes";

/// What the session to come is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Its name.
    pub session_name: String,
    /// How long it may last at most, in seconds.
    pub duration_s: Option<u32>,
    /// Its source identity.
    pub source_identity: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// Which of them are handed on.
    pub transitive_keys: Vec<String>,
}

impl Claims {
    /// Reads them.
    ///
    /// # Errors
    /// [`Refusal::Claim`] with AWS's words.
    pub fn of(assertion: &Assertion) -> Result<Self, Refusal> {
        let session_name = single(assertion, "RoleSessionName", BAD_NAME)?.ok_or(Refusal::Claim(NO_NAME))?;
        if !is_name(session_name) {
            return Err(Refusal::Claim(BAD_NAME));
        }
        let source = single(assertion, "SourceIdentity", BAD_SOURCE)?;
        if source.is_some_and(|text| !is_name(text) || FoldedName::new(text).as_str().starts_with("aws:")) {
            return Err(Refusal::Claim(BAD_SOURCE));
        }
        let duration = single(assertion, "SessionDuration", BAD_DURATION)?;
        let read = |text: &str| text.parse().ok().filter(|it| DURATION_S.contains(it));
        let duration_s = duration.map(|text| read(text).ok_or(Refusal::Claim(BAD_DURATION))).transpose()?;
        let tags = tags(assertion)?;
        Ok(Self {
            session_name: session_name.to_owned(),
            duration_s,
            source_identity: source.map(str::to_owned),
            transitive_keys: transitive_keys(assertion, &tags)?,
            tags,
        })
    }
}

/// Whether the assertion lets its subject have this role by this provider: `role,provider` or the other way round.
pub fn lists(assertion: &Assertion, role: &str, provider: &str) -> bool {
    values(assertion, "Role").iter().any(|pair| {
        let mut parts = pair.split(',').map(str::trim);
        let found = (parts.next(), parts.next(), parts.next());
        found == (Some(role), Some(provider), None) || found == (Some(provider), Some(role), None)
    })
}

fn values<'a>(assertion: &'a Assertion, name: &str) -> &'a [String] {
    let is_it = |held: &str| held.strip_prefix(OF_AWS) == Some(name);
    let found = assertion.attributes.iter().find(|(held, _)| is_it(held));
    found.map(|(_, values)| values.as_slice()).unwrap_or_default()
}

fn single<'a>(
    assertion: &'a Assertion,
    name: &str,
    otherwise: &'static str,
) -> Result<Option<&'a str>, Refusal> {
    match values(assertion, name) {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err(Refusal::Claim(otherwise)),
    }
}

/// `[a-zA-Z_0-9+=,.@-]{2,64}`.
fn is_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_+=,.@-".contains(&it))
}

fn tags(assertion: &Assertion) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for (name, values) in &assertion.attributes {
        let Some(key) = name.strip_prefix(OF_AWS).and_then(|name| name.strip_prefix(TAG_PREFIX)) else {
            continue;
        };
        let [value] = values.as_slice() else { return Err(Refusal::Claim(BAD_TAG)) };
        let is_reserved = FoldedName::new(key).as_str().starts_with("aws:");
        let fits = is_tag_text(key, 1..=128) && is_tag_text(value, 0..=256);
        if is_reserved || !fits || tags.value(key).is_some() || tags.len() >= SESSION_TAGS_MAX {
            return Err(Refusal::Claim(BAD_TAG));
        }
        tags.set(Tag { key: key.to_owned(), value: value.clone() });
    }
    Ok(tags)
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]` of these lengths (STS API reference, Tag).
fn is_tag_text(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || "_.:/=+-@".contains(letter);
    // Of what is white space, control characters are not in \p{Z}.
    let is_space = |letter: char| letter.is_whitespace() && !letter.is_control();
    length.contains(&text.chars().count()) && text.chars().all(|it| is_letter(it) || is_space(it))
}

fn transitive_keys(assertion: &Assertion, tags: &Tags) -> Result<Vec<String>, Refusal> {
    let mut keys: Vec<String> = Vec::new();
    for key in values(assertion, "TransitiveTagKeys") {
        let held = tags.iter().find(|tag| FoldedName::new(&tag.key) == FoldedName::new(key));
        let held = held.ok_or(Refusal::Claim(BAD_TRANSITIVE))?;
        if !keys.contains(&held.key) {
            keys.push(held.key.clone());
        }
    }
    Ok(keys)
}
