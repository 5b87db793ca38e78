//! Summary: what a policy comes to, service by service, as AWS's console shows it on a review page (AWS: "Policy
//! summary (list of services)").
//!
//! For each service: how much of each access level, on which resources, under which conditions; what is allowed and
//! what is denied apart. Actions and services that AWS does not know are listed by themselves.
//!
//! ```
//! use portcullis_policy::{PolicyKind, summary};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement":
//!     {"Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"], "Resource": "*"}}"#;
//! let summary = summary(text, PolicyKind::Identity).unwrap();
//! assert_eq!(summary.allow[0].access_text(), "Limited: List, Read");
//! assert_eq!(summary.allow[0].resource_text(), "All resources");
//! ```

mod access;
mod resource;
mod table;

pub use access::{Access, Extent};
pub use resource::SummaryResource;

use std::collections::BTreeMap;

use crate::document::{Effect, Malformed, PolicyKind, parse};
use crate::lint::tree;
use crate::lint::view::{Statement, View};
use access::Reached;

/// What a policy comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What it allows.
    pub allow: Vec<ServiceSummary>,
    /// What it denies.
    pub deny: Vec<ServiceSummary>,
    /// Actions of services that AWS does not have, as written.
    pub unrecognized_services: Vec<String>,
    /// Actions that their service does not have, as written.
    pub unrecognized_actions: Vec<String>,
    /// How many services there are.
    pub services: usize,
}

/// What a policy comes to for one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSummary {
    /// The prefix of its actions; `*` for all services, or all that have no row of their own.
    pub prefix: String,
    /// Its name.
    pub name: String,
    /// How much of each access level; the levels without any are left out.
    pub access: Vec<Access>,
    /// On what, each once; `*` is everything.
    pub resources: Vec<SummaryResource>,
    /// Under which conditions, each once.
    pub conditions: Vec<SummaryCondition>,
}

/// A condition of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryCondition {
    /// As written: `IpAddress`.
    pub operator: String,
    /// As written: `aws:SourceIp`.
    pub key: String,
    /// As written.
    pub values: Vec<String>,
}

/// Summarises a policy of this kind.
///
/// # Errors
/// [`Malformed`] for what cannot be saved.
pub fn summary(text: &str, kind: PolicyKind) -> Result<Summary, Malformed> {
    parse(text, kind)?;
    let mut sums = [Sums::default(), Sums::default()];
    let mut unrecognized = (Vec::new(), Vec::new());
    if let (Some(root), _) = tree::read(text) {
        let view = View::new(text, kind, &root);
        for statement in &view.statements {
            let [allow, deny] = &mut sums;
            let sums = if statement.effect == Some(Effect::Deny) { deny } else { allow };
            sums.add(statement);
            access::unrecognized(statement, &mut unrecognized);
        }
    }
    let [allow, deny] = sums.map(Sums::into_rows);
    let (unrecognized_services, unrecognized_actions) = unrecognized;
    let services = crate::service_data::services().prefixes().count();
    Ok(Summary { allow, deny, unrecognized_services, unrecognized_actions, services })
}

/// The services of one effect, while statements are added up.
#[derive(Default)]
struct Sums {
    by_prefix: BTreeMap<&'static str, Sum>,
}

#[derive(Default)]
struct Sum {
    reached: Reached,
    resources: Vec<SummaryResource>,
    conditions: Vec<SummaryCondition>,
}

impl Sums {
    fn add(&mut self, statement: &Statement<'_>) {
        let conditions = conditions(statement);
        for (prefix, reached) in access::reached(statement) {
            let sum = self.by_prefix.entry(prefix).or_default();
            sum.reached.join(reached);
            for resource in resource::of(statement, prefix) {
                if !sum.resources.contains(&resource) {
                    sum.resources.push(resource);
                }
            }
            for condition in &conditions {
                if !sum.conditions.contains(condition) {
                    sum.conditions.push(condition.clone());
                }
            }
        }
    }

    fn into_rows(self) -> Vec<ServiceSummary> {
        let row = |(prefix, sum): (&'static str, Sum)| ServiceSummary {
            prefix: prefix.to_owned(),
            name: access::name(prefix),
            access: sum.reached.access(prefix),
            resources: sum.resources,
            conditions: sum.conditions,
        };
        self.by_prefix.into_iter().map(row).collect()
    }
}

fn conditions(statement: &Statement<'_>) -> Vec<SummaryCondition> {
    let tests = statement.tests.iter();
    tests
        .map(|test| SummaryCondition {
            operator: test.operator.name.clone(),
            key: test.key.name.clone(),
            values: test.values.iter().map(|value| value.text.to_owned()).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
