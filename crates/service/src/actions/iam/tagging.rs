//! Tags of users, roles, managed policies, MFA devices and providers: keys are unique whatever their case, and `aws:` is AWS's own.

use portcullis_base::{Tag, Tags, Value};

use super::naming::within;
use super::paging::Page;
use super::target::{self, Target};
use crate::action::{Ask, Need};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{InstanceProfile, ManagedPolicy, MfaDevice, OidcProvider, Role, SamlProvider, User};

/// An entity that can be tagged.
pub trait Tagged: Target {
    /// The tags of its record.
    fn tags_mut(record: &mut Self::Record) -> &mut Tags;
}

macro_rules! tagged {
    ($($kind:ty),*) => {
        $(impl Tagged for $kind {
            fn tags_mut(record: &mut Self::Record) -> &mut Tags {
                &mut record.tags
            }
        })*
    };
}

tagged!(User, Role, ManagedPolicy, InstanceProfile, MfaDevice, OidcProvider, SamlProvider);

fn is_reserved(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// The tags in the input of this kind's entity.
///
/// # Errors
/// `InvalidInput` for a key given twice or reserved; `LimitExceeded`.
pub fn requested<T: Tagged>(ask: &Ask<'_>) -> Result<Tags, ApiError> {
    let mut tags = Tags::new();
    for item in ask.input.list("Tags") {
        let (key, value) = (item.text("Key").unwrap_or_default(), item.text("Value").unwrap_or_default());
        if is_reserved(key) {
            return Err(ApiError::invalid_input(format!(
                "Tag key {key} is reserved: keys that begin with aws: cannot be set or removed."
            )));
        }
        if tags.value(key).is_some() {
            return Err(ApiError::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.set(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    bounded::<T>(ask, &tags)?;
    Ok(tags)
}

fn bounded<T: Tagged>(ask: &Ask<'_>, tags: &Tags) -> Result<(), ApiError> {
    within(ask, "tags", &format!("TagsPer{}", T::TITLE.replace(' ', "")), tags.len())
}

/// The permissions to make an entity: one that begins with tags also takes the permission to tag it, or whoever may
/// make entities could give them the tags that others are told apart by.
pub fn needs_new(ask: &Ask<'_>, make: Need, tag: &'static str) -> Vec<Need> {
    let tags = ask.input.list("Tags").first().map(|_| Need::new(tag, make.resource.clone(), make.account));
    std::iter::once(make).chain(tags).collect()
}

/// Tags as answers have them.
pub fn shown(tags: &Tags) -> Value {
    tags.iter()
        .map(|tag| Value::structure().with("Key", tag.key.as_str()).with("Value", tag.value.as_str()))
        .collect()
}

/// The same where AWS leaves the member out when there are none.
pub fn shown_if_any(tags: &Tags) -> Option<Value> {
    (!tags.is_empty()).then(|| shown(tags))
}

/// Sets tags; those of the same key are replaced.
pub fn tag<T: Tagged>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_own::<T>(ask)?;
    entity.taggable()?;
    let mut record = entity.record().clone();
    let held = T::tags_mut(&mut record);
    for tag in &requested::<T>(ask)? {
        held.set(tag.clone());
    }
    bounded::<T>(ask, held)?;
    T::put(draft, &record);
    Ok(Value::structure())
}

/// Removes tags; keys that are not there are passed over.
pub fn untag<T: Tagged>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_own::<T>(ask)?;
    entity.taggable()?;
    let mut record = entity.record().clone();
    let held = T::tags_mut(&mut record);
    let before = held.len();
    for key in ask.input.list("TagKeys").iter().filter_map(Value::as_text) {
        held.remove(key);
    }
    if held.len() < before {
        T::put(draft, &record);
    }
    Ok(Value::structure())
}

/// Lists tags in the order of their keys.
pub fn list<T: Tagged>(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let entity = target::find::<T>(ask)?;
    let page = Page::of(ask, "tags")?;
    let mut tags: Vec<(String, &Tag)> =
        entity.tags().into_iter().flatten().map(|tag| (place(&tag.key), tag)).collect();
    tags.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let show = |tag: &Tag| Value::structure().with("Key", tag.key.as_str()).with("Value", tag.value.as_str());
    Ok(page.answer("Tags", tags, |(place, _)| place.clone(), |(_, tag)| show(tag)))
}

/// Where a key stands in the list. A marker has at most 320 characters, which a long key would exceed: beyond its
/// first characters a hash tells keys apart.
fn place(key: &str) -> String {
    use sha2::{Digest, Sha256};
    let folded = key.to_lowercase();
    let start: String = folded.chars().take(32).collect();
    let digest = Sha256::digest(folded.as_bytes());
    // The separator is below every character of a key, so that a key comes before those that it begins.
    format!("{start}\u{1}{}", hex::encode(digest.get(..8).unwrap_or_default()))
}
