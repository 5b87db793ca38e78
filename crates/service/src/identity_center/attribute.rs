//! Session tags from a user's attributes, as the instance is told to fill them (IAM Identity Center User Guide,
//! "Attributes for access control").
//!
//! A source names an attribute by its path as SCIM spells it, in any case:
//!
//! ```text
//! ${path:userName}                            ${path:name.givenName}      ${path:enterprise.department}
//! ${path:emails[primary eq true].value}       ${path:addresses[type eq "work"].country}
//! ```

use portcullis_base::name::FoldedName;
use portcullis_base::{Tag, Tags};
use portcullis_store::record::{DirectoryUserRecord, InstanceRecord};
use serde_json::Value as Json;

/// The longest value of a tag, in letters.
const VALUE_MAX: usize = 256;
/// Where a user's attributes keep those of SCIM's enterprise extension.
const ENTERPRISE: [&str; 2] = ["Extensions", "aws:identitystore:enterprise"];

/// The session tags of a user. An attribute that the user does not have, or whose value no tag can have, makes none.
pub fn tags(instance: &InstanceRecord, user: &DirectoryUserRecord) -> Tags {
    let attributes: Json = serde_json::from_str(&user.attributes).unwrap_or_default();
    let mut tags = Tags::new();
    for wanted in instance.attributes.iter().flatten() {
        let value = wanted.sources.iter().find_map(|source| value(source, user, &attributes));
        if let Some(value) = value {
            tags.set(Tag { key: wanted.key.clone(), value });
        }
    }
    tags
}

fn value(source: &str, user: &DirectoryUserRecord, attributes: &Json) -> Option<String> {
    let path = source.strip_prefix("${path:")?.strip_suffix('}')?;
    let text = if path.eq_ignore_ascii_case("userName") {
        &user.user_name
    } else {
        held(attributes, path)?.as_str()?
    };
    can_be_tag(text).then(|| text.to_owned())
}

fn can_be_tag(text: &str) -> bool {
    let is_allowed = |letter: char| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter);
    !text.is_empty() && text.chars().count() <= VALUE_MAX && text.chars().all(is_allowed)
}

/// What stands at a path.
fn held<'a>(attributes: &'a Json, path: &str) -> Option<&'a Json> {
    let (mut held, mut path) = (attributes, path);
    if let Some((first, rest)) = path.split_once('.')
        && first.eq_ignore_ascii_case("enterprise")
    {
        held = ENTERPRISE.iter().try_fold(held, |held, name| held.get(name))?;
        path = rest;
    }
    path.split('.').try_fold(held, step)
}

/// One part of a path: `name`, or `emails[primary eq true]`.
fn step<'a>(held: &'a Json, part: &str) -> Option<&'a Json> {
    let (name, filter) = match part.split_once('[') {
        Some((name, filter)) => (name, Some(filter.strip_suffix(']')?)),
        None => (part, None),
    };
    let held = member(held, name)?;
    let Json::Array(items) = held else { return filter.is_none().then_some(held) };
    match filter {
        Some(filter) => items.iter().find(|item| is_such(item, filter)),
        // Of several the first is meant.
        None => items.first(),
    }
}

fn member<'a>(held: &'a Json, name: &str) -> Option<&'a Json> {
    let wanted = FoldedName::new(name);
    let found = held.as_object()?.iter().find(|(name, _)| FoldedName::new(name) == wanted);
    found.map(|(_, held)| held)
}

/// Whether an item is one of those that `type eq "work"` or `primary eq true` picks.
fn is_such(item: &Json, filter: &str) -> bool {
    let Some((name, wanted)) = filter.split_once(" eq ") else { return false };
    match member(item, name.trim()) {
        Some(Json::Bool(held)) => wanted.trim() == if *held { "true" } else { "false" },
        Some(Json::String(held)) => wanted.trim().trim_matches('"').eq_ignore_ascii_case(held),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use portcullis_base::{AccountId, Timestamp};
    use portcullis_store::record::{AttributeSource, DirectoryStamps};

    use super::*;

    const ATTRIBUTES: &str = r#"{
        "Name": {"GivenName": "Jane", "FamilyName": "Doe"},
        "Title": "R&D <lead>",
        "NickName": "",
        "Emails": [{"Value": "home@example.com", "Type": "home"},
                   {"Value": "jane@example.com", "Type": "work", "Primary": true}],
        "Addresses": [{"Country": "Österreich", "Type": "work"}],
        "Extensions": {"aws:identitystore:enterprise": {"department": "Payments", "manager": {"value": "m-1"}}}
    }"#;

    fn user() -> DirectoryUserRecord {
        let (created, updated) = (Timestamp::EPOCH, Timestamp::EPOCH);
        DirectoryUserRecord {
            id: "u".to_owned(),
            user_name: "jane".to_owned(),
            is_enabled: true,
            attributes: ATTRIBUTES.to_owned(),
            stamps: DirectoryStamps {
                created,
                created_by: String::new(),
                updated,
                updated_by: String::new(),
            },
            email: None,
            external_ids: Vec::new(),
            revision: 1,
        }
    }

    fn tag(sources: &[&str]) -> Option<String> {
        let sources = sources.iter().map(|text| (*text).to_owned()).collect();
        let instance = InstanceRecord {
            id: String::new(),
            store: String::new(),
            account: AccountId::LEAST,
            created: Timestamp::EPOCH,
            name: None,
            tags: Tags::new(),
            attributes: Some(vec![AttributeSource { key: "k".to_owned(), sources }]),
        };
        tags(&instance, &user()).value("k").map(str::to_owned)
    }

    #[test]
    fn sources_are_paths_of_scim() {
        for (path, wanted) in [
            ("userName", Some("jane")),
            ("username", Some("jane")),
            ("name.givenName", Some("Jane")),
            ("NAME.FAMILYNAME", Some("Doe")),
            ("emails.value", Some("home@example.com")),
            ("emails[primary eq true].value", Some("jane@example.com")),
            (r#"emails[type eq "work"].value"#, Some("jane@example.com")),
            (r#"emails[type eq "other"].value"#, None),
            ("emails[primary].value", None),
            ("emails[primary eq true.value", None),
            (r#"addresses[type eq "work"].country"#, Some("Österreich")),
            ("enterprise.department", Some("Payments")),
            ("enterprise.manager.value", Some("m-1")),
            ("enterprise.costCenter", None),
            ("name", None),
            ("name[type eq true].givenName", None),
            ("title", None),
            ("nickName", None),
            ("", None),
        ] {
            assert_eq!(tag(&[&format!("${{path:{path}}}")]).as_deref(), wanted, "{path}");
        }
        assert_eq!(tag(&["${path:nickName}", "${path:userName}"]).as_deref(), Some("jane"));
        assert_eq!(tag(&["userName"]), None);
    }
}
