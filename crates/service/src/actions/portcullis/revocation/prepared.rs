//! The Deny that stands ready: a service control policy that denies everything to the users of the identity store
//! whose ids it lists, and lists nobody until somebody has to be cut off (IAM Identity Center User Guide, "Revoke active
//! IAM role sessions created by permission sets").
//!
//! ```json
//! {"Effect": "Deny", "Action": ["*"], "Resource": "*",
//!  "Condition": {"StringEquals": {"identitystore:userId": "Add user ID here"}}}
//! ```
//!
//! It is known by its form and not by its name: one that an administrator wrote by hand is as good.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::snapshot::Snapshot;
use crate::snapshot::organization::{OrganizationPolicy, SCP};

/// What stands in the list for nobody, as AWS's page has it. No user has this id.
pub const PLACEHOLDER: &str = "Add user ID here";
/// The condition key; policies may write it in any case.
const KEY: &str = "identitystore:userId";

/// The document with nobody in it.
pub fn document() -> String {
    let statement = json!({
        "Sid": "PreparedRevocation",
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": "*",
        "Condition": { "StringEquals": { KEY: [PLACEHOLDER] } },
    });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

/// The policies that stand ready and are attached somewhere, in the order of their ids.
pub fn all(snapshot: &Snapshot) -> Vec<&Arc<OrganizationPolicy>> {
    let accounts = &snapshot.accounts;
    let is_attached = |policy: &OrganizationPolicy| !accounts.targets(&policy.record.id).is_empty();
    let policies = accounts.policies().filter(|policy| policy.record.kind == SCP);
    policies.filter(|policy| ids(&policy.record.text).is_some() && is_attached(policy)).collect()
}

/// Whose ids a document lists, without the placeholder; `None` if it has no statement of this form.
pub fn ids(text: &str) -> Option<Vec<String>> {
    let mut document: Json = serde_json::from_str(text).ok()?;
    let list = list(&mut document)?;
    Some(texts(list).into_iter().filter(|id| id != PLACEHOLDER).collect())
}

/// The document with another list.
pub fn with_ids(text: &str, ids: &[String]) -> Option<String> {
    let mut document: Json = serde_json::from_str(text).ok()?;
    let list = list(&mut document)?;
    // An empty list would be no condition's value at all.
    *list = if ids.is_empty() { json!([PLACEHOLDER]) } else { json!(ids) };
    Some(document.to_string())
}

/// The list of the first statement that denies everything on nothing but the user's id.
fn list(document: &mut Json) -> Option<&mut Json> {
    let statements = match document.get_mut("Statement")? {
        Json::Array(statements) => statements.iter_mut().collect(),
        one @ Json::Object(_) => vec![one],
        _ => return None,
    };
    statements.into_iter().find_map(|statement| {
        let is_all = |member: &str| {
            let held = statement.get(member);
            held.is_some_and(|held| *held == json!("*") || *held == json!(["*"]))
        };
        let denies = statement.get("Effect") == Some(&json!("Deny"));
        if !denies || !is_all("Action") || !is_all("Resource") {
            return None;
        }
        let condition = statement.get_mut("Condition")?.as_object_mut()?;
        let mut operators = condition.iter_mut();
        let (operator, keys) = operators.next()?;
        if operators.next().is_some() || operator != "StringEquals" {
            return None;
        }
        let mut keys = keys.as_object_mut()?.iter_mut();
        let (key, values) = keys.next()?;
        (keys.next().is_none() && key.eq_ignore_ascii_case(KEY)).then_some(values)
    })
}

fn texts(list: &Json) -> Vec<String> {
    match list {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lists_nobody_until_somebody_is_put_in_and_again_when_the_last_is_out() {
        let empty = document();
        assert_eq!(ids(&empty), Some(Vec::new()));
        let two = with_ids(&empty, &["one".to_owned(), "two".to_owned()]).unwrap();
        assert_eq!(ids(&two), Some(vec!["one".to_owned(), "two".to_owned()]));
        assert!(!two.contains(PLACEHOLDER));
        let none = with_ids(&two, &[]).unwrap();
        assert_eq!((ids(&none), none.contains(PLACEHOLDER)), (Some(Vec::new()), true));
    }

    #[test]
    fn it_is_known_by_its_form() {
        let by_hand = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":["*"],
            "Condition":{"StringEquals":{"IdentityStore:UserID":"Add user ID here"}}}}"#;
        assert_eq!(ids(by_hand), Some(Vec::new()));
        for (from, to) in [
            ("\"Deny\"", "\"Allow\""),
            ("\"Action\":\"*\"", "\"Action\":\"s3:*\""),
            ("StringEquals", "StringNotEquals"),
            ("IdentityStore:UserID", "aws:userid"),
            ("\"StringEquals\":{", "\"StringEquals\":{\"aws:username\":\"x\","),
            ("\"Condition\":{", "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"},"),
        ] {
            let other = by_hand.replace(from, to);
            assert_ne!(other, by_hand);
            assert_eq!(ids(&other), None, "{other}");
        }
    }
}
