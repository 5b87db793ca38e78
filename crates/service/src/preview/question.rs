//! What is asked of every session before and after: for each statement that comes or goes, actions and resources that
//! stand for those that it reaches.
//!
//! A pattern of actions stands for the actions served here that it matches, the everyday ones first; where none is, for
//! some that AWS has. A pattern of resources stands for what there is, of the kinds that the action is asked about, and
//! where there is nothing for an example of its form. It is bounded, and what was left out is counted.

use std::collections::{BTreeSet, HashMap};

use portcullis_base::AccountId;
use portcullis_policy::{
    Context, Document, PolicyKind, Statement, filled, has_form, known_actions, resource_forms,
};

use super::difference::{Changed, Difference};
use crate::actions;
use crate::snapshot::Snapshot;

/// Actions that stand for a statement's.
const ACTIONS_MAX: usize = 24;
/// Actions that stand for a pattern that reaches none served here.
const FOREIGN_MAX: usize = 4;
/// Resources of an account that stand for a statement's, for each action.
const RESOURCES_MAX: usize = 4;
/// Questions in all.
const QUESTIONS_MAX: usize = 150;
/// Things of each kind that are looked at in an account.
const EXISTING_MAX: usize = 200;

/// Actions that people do every day: they stand for the others where not all can be asked.
const EVERYDAY: [&str; 16] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:ListAllMyBuckets",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:CreateBucket",
    "sts:AssumeRole",
    "iam:GetUser",
    "iam:ListUsers",
    "iam:GetRole",
    "iam:CreateUser",
    "iam:CreateAccessKey",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
];

/// One question to be asked of every session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `s3:GetObject`.
    pub action: &'static str,
    /// An ARN, perhaps with variables, or `*`.
    pub resource: String,
    /// Condition keys of the service that the statement wants.
    pub keys: Vec<(String, String)>,
}

/// All questions of a change.
#[derive(Default)]
pub struct Questions {
    /// Each once.
    pub all: Vec<Question>,
    /// How many more there would be.
    pub left_out: usize,
}

/// What there is that resources stand for: users, roles and the like of the accounts that are asked in, and the buckets
/// of the account whose eyes these are, or of all.
pub struct Existing(Vec<String>);

impl Existing {
    /// What both snapshots have.
    pub fn of(
        before: &Snapshot,
        after: &Snapshot,
        accounts: &BTreeSet<AccountId>,
        limit: Option<AccountId>,
    ) -> Self {
        let mut arns = BTreeSet::new();
        for snapshot in [before, after] {
            for account in accounts {
                let (roles, users) =
                    (snapshot.roles.list(*account, None), snapshot.users.list(*account, None));
                let groups = snapshot.groups.list(*account, None);
                let policies = snapshot.policies.list(*account, None);
                arns.extend(roles.take(EXISTING_MAX).map(|held| held.arn.to_string()));
                arns.extend(users.take(EXISTING_MAX).map(|held| held.arn.to_string()));
                arns.extend(groups.take(EXISTING_MAX).map(|held| held.arn.to_string()));
                arns.extend(policies.take(EXISTING_MAX).map(|held| held.arn.to_string()));
            }
            let buckets = snapshot.buckets_after("");
            let buckets = buckets.filter(|held| limit.is_none_or(|own| own == held.record.account));
            for bucket in buckets.take(EXISTING_MAX) {
                arns.extend([bucket.arn.clone(), format!("{}/example", bucket.arn)]);
            }
        }
        Self(arns.into_iter().collect())
    }
}

/// Every permission that an action served here can need, those of every day first.
fn served() -> Vec<&'static str> {
    let all: BTreeSet<&'static str> = actions::all().flat_map(|row| row.permission.names()).collect();
    let rest = all.iter().filter(|name| !EVERYDAY.contains(name));
    EVERYDAY.iter().filter(|name| all.contains(*name)).chain(rest).copied().collect()
}

impl Questions {
    /// Those of a difference.
    pub fn of(difference: &Difference, existing: &Existing) -> Self {
        let (mut questions, served) = (Self::default(), served());
        for changed in &difference.changed {
            for document in changed.come.iter().chain(&changed.go) {
                document.statements().iter().for_each(|statement| {
                    questions.add(changed, statement, &served, existing);
                });
            }
        }
        questions
    }

    fn add(
        &mut self,
        changed: &Changed,
        statement: &Statement,
        served: &[&'static str],
        existing: &Existing,
    ) {
        let actions = self.actions(statement, served);
        let keys = statement.wanted_keys();
        for action in actions {
            let resources = if changed.paper.kind == PolicyKind::Trust {
                vec![changed.paper.holder.clone()]
            } else {
                self.resources(statement, action, existing)
            };
            for resource in resources {
                let question = Question { action, resource, keys: keys.clone() };
                if self.all.contains(&question) {
                    continue;
                }
                if self.all.len() < QUESTIONS_MAX {
                    self.all.push(question);
                } else {
                    self.left_out += 1;
                }
            }
        }
    }

    fn actions(&mut self, statement: &Statement, served: &[&'static str]) -> Vec<&'static str> {
        let mut found: Vec<&'static str> =
            served.iter().copied().filter(|action| statement.reaches_action(action)).collect();
        self.left_out += found.len().saturating_sub(ACTIONS_MAX);
        found.truncate(ACTIONS_MAX);
        if statement.lists_actions() {
            for pattern in statement.action_patterns() {
                if !served.iter().any(|action| portcullis_policy::action_matches(pattern, action)) {
                    let (some, more) = known_actions(pattern, FOREIGN_MAX);
                    self.left_out += more;
                    found.extend(some);
                }
            }
        }
        found
    }

    fn resources(&mut self, statement: &Statement, action: &str, existing: &Existing) -> Vec<String> {
        let (forms, nothing) = (resource_forms(action), Context::new());
        let fits = |arn: &str| forms.iter().any(|form| has_form(form, arn));
        if forms.is_empty() {
            let is_reached = statement.reaches_resource("*", &nothing);
            return is_reached.then(|| "*".to_owned()).into_iter().collect();
        }
        let there = existing.0.iter().filter(|arn| fits(arn) && statement.reaches_resource(arn, &nothing));
        let mut found: Vec<String> = there.cloned().collect();
        let (in_all, mut of_account) = (found.len(), HashMap::new());
        found.retain(|arn| {
            let count: &mut usize =
                of_account.entry(arn.split(':').nth(4).unwrap_or_default().to_owned()).or_default();
            *count += 1;
            *count <= RESOURCES_MAX
        });
        self.left_out += in_all - found.len();
        if statement.lists_resources() {
            // What is named and not there, and what depends on who asks.
            let named = statement.resource_patterns().filter(|pattern| *pattern != "*");
            let named = named.filter(|pattern| {
                !pattern.contains(['*', '?']) || pattern.contains("${") || found.is_empty()
            });
            let named: Vec<String> = named.map(example).filter(|arn| fits(arn)).collect();
            found.extend(named.into_iter().take(RESOURCES_MAX));
        }
        if found.is_empty() && statement.reaches_resource("*", &nothing) {
            found.extend(forms.first().map(|form| of_form(form)));
        }
        found.dedup();
        found
    }
}

/// An ARN that the pattern matches; variables stay.
fn example(pattern: &str) -> String {
    let mut parts = pattern.split("${");
    let first = filled(parts.next().unwrap_or_default());
    let rest = parts.map(|part| {
        let (variable, rest) = part.split_once('}').unwrap_or((part, ""));
        format!("${{{variable}}}{}", filled(rest))
    });
    std::iter::once(first).chain(rest).collect()
}

/// An ARN of this form.
fn of_form(form: &str) -> String {
    let parts = form.split("${").map(|part| match part.split_once('}') {
        Some(("Partition", rest)) => format!("aws{rest}"),
        Some(("Region", rest)) => format!("us-east-1{rest}"),
        Some(("Account", rest)) => format!("${{aws:PrincipalAccount}}{rest}"),
        Some((_, rest)) => format!("example{rest}"),
        None => part.to_owned(),
    });
    parts.collect()
}

/// A resource with its variables filled in from these keys; none if one of them has no value.
pub fn told(resource: &str, context: &Context) -> Option<String> {
    let mut parts = resource.split("${");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (variable, rest) = part.split_once('}')?;
        let key = variable.split(',').next().unwrap_or(variable).trim();
        text.push_str(context.lookup(key)?.values().first()?);
        text.push_str(rest);
    }
    Some(text)
}

/// Each statement of documents, alone.
pub fn statements(documents: &[Document]) -> impl Iterator<Item = &Statement> {
    documents.iter().flat_map(Document::statements)
}
