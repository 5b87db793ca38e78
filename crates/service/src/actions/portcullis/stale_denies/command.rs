//! The commands that take statements out of a document, as the AWS CLI has them.

use serde_json::Value as Json;

use super::documents::{Held, Kind};
use crate::snapshot::{Snapshot, Usage};

/// The statement at this place, as it is written.
pub fn statement(text: &str, index: usize) -> Option<String> {
    let document: Json = serde_json::from_str(text).ok()?;
    let statements = document.get("Statement")?;
    let one = match statements {
        Json::Array(all) => all.get(index)?,
        only => only,
    };
    Some(one.to_string())
}

/// The document without the statements at these places; none if nothing is left of it.
fn without(text: &str, stale: &[usize]) -> Option<String> {
    let mut document: Json = serde_json::from_str(text).ok()?;
    let statements = document.get_mut("Statement")?.as_array_mut()?;
    let mut index = 0;
    statements.retain(|_| {
        index += 1;
        !stale.contains(&(index - 1))
    });
    let is_empty = statements.is_empty();
    (!is_empty).then(|| document.to_string())
}

/// A word of a shell's command line.
fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@=+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The commands that take the statements at these places out of the document; several where it is detached instead.
pub fn removing(snapshot: &Snapshot, held: &Held<'_>, stale: &[usize]) -> Vec<String> {
    let rest = without(&held.text, stale);
    let inline = |kind: &str, holder: &str, name: &str| {
        let whose = format!("--{kind}-name {} --policy-name {}", word(holder), word(name));
        vec![match &rest {
            Some(rest) => format!("aws iam put-{kind}-policy {whose} --policy-document {}", word(rest)),
            None => format!("aws iam delete-{kind}-policy {whose}"),
        }]
    };
    match &held.kind {
        Kind::User(user, name) => inline("user", &user.record.name, name),
        Kind::Role(role, name) => inline("role", &role.record.name, name),
        Kind::Group(group, name) => inline("group", &group.record.name, name),
        Kind::Bucket(bucket) => {
            let bucket = word(&bucket.record.name);
            vec![match &rest {
                Some(rest) => {
                    format!("aws s3api put-bucket-policy --bucket {bucket} --policy {}", word(rest))
                }
                None => format!("aws s3api delete-bucket-policy --bucket {bucket}"),
            }]
        }
        // A role is nothing without one, and one that only denies has let nobody in.
        Kind::Trust(role) => {
            let whose = format!("aws iam update-assume-role-policy --role-name {}", word(&role.record.name));
            rest.iter().map(|rest| format!("{whose} --policy-document {}", word(rest))).collect()
        }
        Kind::Managed(policy) => match &rest {
            Some(rest) => vec![format!(
                "aws iam create-policy-version --policy-arn {} --set-as-default --policy-document {}",
                word(&policy.arn),
                word(rest)
            )],
            None => detaching(snapshot, held),
        },
        Kind::Scp(policy) => match &rest {
            Some(rest) => vec![format!(
                "aws organizations update-policy --policy-id {} --content {}",
                word(&policy.record.id),
                word(rest)
            )],
            None => snapshot
                .accounts
                .targets(&policy.record.id)
                .iter()
                .map(|target| {
                    let (policy, target) = (word(&policy.record.id), word(&target.id()));
                    format!("aws organizations detach-policy --policy-id {policy} --target-id {target}")
                })
                .collect(),
        },
    }
}

/// From everybody who has the policy.
fn detaching(snapshot: &Snapshot, held: &Held<'_>) -> Vec<String> {
    let Kind::Managed(policy) = &held.kind else { return Vec::new() };
    let named = |id| {
        let user = snapshot.users.get(id).map(|user| ("user", user.record.name.to_string()));
        let role = || snapshot.roles.get(id).map(|role| ("role", role.record.name.to_string()));
        let group = || snapshot.groups.get(id).map(|group| ("group", group.record.name.to_string()));
        user.or_else(role).or_else(group)
    };
    let usages = snapshot.usages_of(policy.record.account, policy.record.id);
    usages
        .filter_map(|(usage, id)| {
            let (kind, name) = named(id)?;
            let name = word(&name);
            Some(match usage {
                Usage::Permissions => {
                    let arn = word(&policy.arn);
                    format!("aws iam detach-{kind}-policy --{kind}-name {name} --policy-arn {arn}")
                }
                Usage::Boundary => {
                    format!("aws iam delete-{kind}-permissions-boundary --{kind}-name {name}")
                }
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_into_it() {
        assert_eq!(word("arn:aws:s3:::b/x"), "arn:aws:s3:::b/x");
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(word(""), "''");
        assert_eq!(word("a\nb"), "'a\nb'");
    }

    #[test]
    fn what_stays_is_as_it_was_and_in_its_order() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","b":1},{"Sid":"B"},{"Sid":"C"}]}"#;
        let left = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","b":1},{"Sid":"C"}]}"#;
        assert_eq!(without(text, &[1]).as_deref(), Some(left));
        assert_eq!(without(text, &[0, 1, 2]), None);
        assert_eq!(without(r#"{"Statement":{"Sid":"A"}}"#, &[0]), None);
        assert_eq!(statement(text, 2).as_deref(), Some(r#"{"Sid":"C"}"#));
        assert_eq!(statement(r#"{"Statement":{"Sid":"A"}}"#, 0).as_deref(), Some(r#"{"Sid":"A"}"#));
    }
}
