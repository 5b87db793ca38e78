//! A statement taken apart, for whoever wants to foretell what it does: what it asks of the caller, each part alone;
//! actions that stand for those that a pattern reaches; values under which its conditions hold.
//!
//! ```
//! use portcullis_policy::{Context, PolicyKind, Principal, parse};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*",
//!     "Condition": {"StringLike": {"aws:userid": "*:alice"}}}}"#;
//! let document = parse(text, PolicyKind::Identity).unwrap().document;
//! let parts = document.statements()[0].on_caller();
//! assert_eq!(parts[0].text(), "StringLike aws:userid *:alice");
//! let mut context = Context::new();
//! context.set_one("aws:userid", "AROAEXAMPLEEXAMPLEEXAM:bob");
//! assert!(!parts[0].is_met(&Principal::Anonymous, &context));
//! ```

use std::fmt;

use crate::condition::{Condition, Operand, Quantifier, Sense};
use crate::context::Context;
use crate::document::{Clause, Document, Statement};
use crate::layers::Principal;
use crate::principal_match::{Entry, Grant};
use crate::service_data::services;

/// Keys that say who asks, in lower case.
const OF_CALLERS: [&str; 6] = [
    "aws:principalarn",
    "aws:sourceidentity",
    "aws:tokenissuetime",
    "aws:userid",
    "aws:username",
    "sts:rolesessionname",
];

/// One thing that a statement asks of the caller: a name in its Principal, a condition, or one of several values that
/// would do.
pub struct OnCaller<'d>(Part<'d>);

enum Part<'d> {
    Condition(Condition),
    Entry(&'d Entry),
}

impl fmt::Debug for OnCaller<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text())
    }
}

impl OnCaller<'_> {
    /// The part as people read it.
    pub fn text(&self) -> String {
        match &self.0 {
            Part::Condition(condition) => {
                format!("{} {} {}", condition.written.name(), condition.key, self.values().join(", "))
            }
            Part::Entry(_) => format!("Principal {}", self.values().join(", ")),
        }
    }

    /// The condition key in lower case; none for a name in the Principal.
    pub fn key(&self) -> Option<&str> {
        match &self.0 {
            Part::Condition(condition) => Some(condition.key.as_str()),
            Part::Entry(_) => None,
        }
    }

    /// The operator; none for a name in the Principal.
    pub fn operator(&self) -> Option<&'static str> {
        match &self.0 {
            Part::Condition(condition) => Some(condition.written.operator.name),
            Part::Entry(_) => None,
        }
    }

    /// The values that are wanted, or the name.
    pub fn values(&self) -> Vec<String> {
        match &self.0 {
            Part::Condition(condition) => {
                let own = condition.operands.iter().filter(|it| !matches!(it, Operand::RoleSessions(_)));
                own.map(ToString::to_string).collect()
            }
            Part::Entry(entry) => vec![match entry {
                Entry::Everyone => "*".to_owned(),
                Entry::Account(account) => account.to_string(),
                Entry::Id(id) => id.to_string(),
                Entry::Named { arn: text, .. }
                | Entry::Nobody(text)
                | Entry::Session(text)
                | Entry::Service(text)
                | Entry::Provider(text) => text.clone(),
            }],
        }
    }

    /// Whether a caller meets it.
    pub fn is_met(&self, principal: &Principal, context: &Context) -> bool {
        match &self.0 {
            Part::Condition(condition) => condition.holds(context),
            Part::Entry(entry) => entry.grant(principal) != Grant::None,
        }
    }
}

impl Statement {
    /// What it asks of the caller. Whoever has no credentials of an account, such as a service, is not looked for.
    pub fn on_caller(&self) -> Vec<OnCaller<'_>> {
        let names = match &self.principal {
            Some(Clause::Listed(entries)) => entries.as_slice(),
            Some(Clause::AllBut(_)) | None => &[],
        };
        let names = names
            .iter()
            .filter(|entry| !matches!(entry, Entry::Everyone | Entry::Service(_) | Entry::Provider(_)));
        let conditions = self.conditions.iter().filter(|held| OF_CALLERS.contains(&held.key.as_str()));
        let names = names.map(|entry| OnCaller(Part::Entry(entry)));
        let conditions =
            conditions.flat_map(each_value).map(|condition| OnCaller(Part::Condition(condition)));
        names.chain(conditions).collect()
    }

    /// Whether its Action or NotAction reaches an action.
    pub fn reaches_action(&self, action: &str) -> bool {
        let folded = action.to_ascii_lowercase();
        self.action.matches(|pattern| pattern.matches(&folded))
    }

    /// Whether its Resource or NotResource reaches a resource, with variables filled in from these keys. That of a
    /// trust policy reaches its role.
    pub fn reaches_resource(&self, resource: &str, context: &Context) -> bool {
        self.resource
            .as_ref()
            .is_none_or(|clause| clause.matches(|pattern| pattern.matches(resource, context)))
    }

    /// Whether it lists its actions and does not leave some out.
    pub fn lists_actions(&self) -> bool {
        matches!(self.action, Clause::Listed(_))
    }

    /// Whether it lists its resources and does not leave some out.
    pub fn lists_resources(&self) -> bool {
        matches!(self.resource, Some(Clause::Listed(_)))
    }

    /// Keys of a service that its conditions want, each with a value under which they hold, as far as one is plain to
    /// see.
    pub fn wanted_keys(&self) -> Vec<(String, String)> {
        let wanted = self.conditions.iter().filter(|condition| {
            let key = condition.key.as_str();
            let is_of_request = !key.starts_with("aws:") || key.starts_with("aws:resourcetag/");
            is_of_request
                && key != "sts:rolesessionname"
                && condition.written.quantifier == Quantifier::Single
                && condition.written.operator.sense == Sense::Positive
        });
        let wanted = wanted.filter_map(|condition| {
            let value = match condition.operands.first()? {
                Operand::Absent(_) | Operand::RoleSessions(_) => return None,
                value => value.to_string(),
            };
            (!value.contains("${")).then(|| (condition.key.to_string(), filled(&value)))
        });
        wanted.collect()
    }
}

/// The condition with each of its values alone, where any of them would do. What follows from a value stays with it.
fn each_value(condition: &Condition) -> Vec<Condition> {
    let is_any = condition.written.operator.sense == Sense::Positive
        && condition.written.quantifier != Quantifier::ForAllValues;
    if !is_any {
        return vec![condition.clone()];
    }
    let mut alone: Vec<Condition> = Vec::new();
    for operand in &condition.operands {
        match (operand, alone.last_mut()) {
            (Operand::RoleSessions(_), Some(last)) => last.operands.push(operand.clone()),
            _ => alone.push(Condition { operands: vec![operand.clone()], ..condition.clone() }),
        }
    }
    alone
}

impl Document {
    /// Each statement as a document of its own.
    pub fn apart(&self) -> Vec<Self> {
        (0..self.statements().len())
            .map(|kept| {
                let others = (0..self.statements().len()).rev().filter(|at| *at != kept);
                others.fold(self.clone(), |document, at| document.without(at))
            })
            .collect()
    }
}

/// A text that a pattern matches: `*` and `?` have become something.
pub fn filled(pattern: &str) -> String {
    pattern.replace('*', "example").replace('?', "x")
}

/// Actions that AWS knows and that have the form of an Action element, in the order of their names: at most so many,
/// and how many more there are.
pub fn known_actions(pattern: &str, most: usize) -> (Vec<&'static str>, usize) {
    let folded = pattern.to_ascii_lowercase();
    let (prefix, name) = folded.split_once(':').unwrap_or((&folded, "*"));
    let Some(service) = services().service(prefix) else { return (Vec::new(), 0) };
    let found = service.matching(name);
    let more = found.len().saturating_sub(most);
    (found.into_iter().take(most).map(|action| action.full.as_str()).collect(), more)
}

/// The forms of the ARNs of the resources that an action is asked about, such as `arn:${Partition}:s3:::${BucketName}`;
/// none where it is asked about `*`.
pub fn resource_forms(action: &str) -> Vec<&'static str> {
    let Some((prefix, name)) = action.split_once(':') else { return Vec::new() };
    let Some(service) = services().service(prefix) else { return Vec::new() };
    let found = service.matching(&name.to_ascii_lowercase());
    let forms = found.into_iter().flat_map(|action| service.resources_of(action));
    forms.flat_map(|kind| kind.arns.iter().copied()).collect()
}

/// Whether an ARN has such a form.
pub fn has_form(form: &str, arn: &str) -> bool {
    let opened = crate::service_data::opened(form, "*");
    // A bucket's form has no slash, and the ARN of an object is not of it.
    crate::pattern::Pattern::new(&opened).matches(arn) && opened.contains('/') == arn.contains('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PolicyKind, parse};

    fn document(statements: &str) -> Document {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#);
        parse(&text, PolicyKind::Resource).unwrap().document
    }

    #[test]
    fn what_is_asked_of_the_caller_is_told_part_by_part() {
        let document = document(
            r#"[{"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "111122223333", "Service": "ec2.amazonaws.com"},
                "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
                "Condition": {"StringEquals": {"aws:SourceIdentity": ["ann", "bob"], "s3:ExistingObjectTag/a": "b*"},
                              "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
               {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]"#,
        );
        let [first, second] = document.statements() else { panic!("two") };
        let told: Vec<String> = first.on_caller().iter().map(OnCaller::text).collect();
        assert_eq!(
            told,
            [
                "Principal 111122223333",
                "StringEquals aws:sourceidentity ann",
                "StringEquals aws:sourceidentity bob",
            ]
        );
        assert!(second.on_caller().is_empty());
        assert_eq!(first.wanted_keys(), [("s3:existingobjecttag/a".to_owned(), "bexample".to_owned())]);
        let apart = document.apart();
        assert_eq!(apart[0].statements()[0].sid(), Some("A"));
        assert_eq!((apart.len(), apart[1].statements().len(), apart[1].statements()[0].sid()), (2, 1, None));
    }

    #[test]
    fn actions_and_forms_stand_for_patterns() {
        let (some, more) = known_actions("S3:GetObject*", 2);
        assert_eq!(some, ["s3:GetObject", "s3:GetObjectAcl"]);
        assert!(more > 3);
        assert_eq!(known_actions("nobody:*", 2), (Vec::new(), 0));
        let forms = resource_forms("s3:GetObject");
        assert!(forms.iter().any(|form| has_form(form, "arn:aws:s3:::b/k")));
        assert!(!forms.iter().any(|form| has_form(form, "arn:aws:s3:::b")), "{forms:?}");
        let forms = resource_forms("s3:ListBucket");
        assert!(forms.iter().any(|form| has_form(form, "arn:aws:s3:::b")));
        assert!(!forms.iter().any(|form| has_form(form, "arn:aws:s3:::b/k")), "{forms:?}");
        assert!(resource_forms("s3:ListAllMyBuckets").is_empty());
    }
}
