//! Which services a document lets its holder use: what access advice is given about (IAM API reference,
//! ListPoliciesGrantingServiceAccess, GenerateServiceLastAccessedDetails).
//!
//! Only identity policies are looked at, and of these only actions: a service is granted if an Allow names some action
//! of it, on whatever resource and under whatever condition.

use crate::document::{Clause, Document, Effect, Statement};
use crate::pattern::Pattern;
use crate::service_data::{opened, services};

impl Document {
    /// Whether an Allow of this document reaches an action of the service with this prefix.
    pub fn grants_service(&self, prefix: &str) -> bool {
        let prefix = prefix.to_ascii_lowercase();
        let allows = self.statements().iter().filter(|statement| statement.effect == Effect::Allow);
        allows.into_iter().any(|statement| reaches(statement, &prefix))
    }

    /// Whether a Deny of this document takes the service away as a whole: every action on everything, whatever the
    /// conditions of the request.
    pub fn bars_service(&self, prefix: &str) -> bool {
        let whole = [format!("{}:*", prefix.to_ascii_lowercase()), "*".to_owned(), "*:*".to_owned()];
        self.statements().iter().any(|statement| {
            statement.effect == Effect::Deny
                && !statement.is_conditional()
                && matches!(&statement.action, Clause::Listed(_))
                && statement.action_patterns().any(|text| whole.contains(&text.to_ascii_lowercase()))
                && matches!(&statement.resource, Some(Clause::Listed(_)))
                && statement.resource_patterns().any(|text| text == "*")
        })
    }
}

fn reaches(statement: &Statement, prefix: &str) -> bool {
    match &statement.action {
        Clause::Listed(_) => statement.action_patterns().any(|text| is_of(text, prefix)),
        // Some action is left, unless the whole service is named; of a service that is not in the table all are.
        Clause::AllBut(patterns) => match services().service(prefix) {
            Some(service) => service.actions.iter().any(|action| {
                let name = format!("{prefix}:{}", action.folded);
                !patterns.iter().any(|pattern| pattern.matches(&name))
            }),
            None => !patterns.iter().any(|pattern| pattern.matches(&format!("{prefix}:"))),
        },
    }
}

fn is_of(pattern: &str, prefix: &str) -> bool {
    match pattern.to_ascii_lowercase().split_once(':') {
        None => pattern == "*",
        Some((service, _)) => Pattern::new(service).matches(prefix),
    }
}

/// The prefixes of all services that have actions, in order.
pub fn service_prefixes() -> impl Iterator<Item = &'static str> {
    services().prefixes()
}

/// The name of a service as people read it; for one that is not known, its prefix.
pub fn service_name(prefix: &str) -> &str {
    services().service(prefix).map_or(prefix, |service| service.name)
}

/// The form of the ARNs of the resource that an action is asked about, such as `arn:${Partition}:s3:::${BucketName}`;
/// none where the action has no such type of resource.
pub fn resource_form(action: &str, resource: &str) -> Option<&'static str> {
    let (prefix, name) = action.split_once(':')?;
    let service = services().service(prefix)?;
    let folded = name.to_ascii_lowercase();
    let action = service.actions.iter().find(|action| action.folded == folded)?;
    let forms = service.resources_of(action).flat_map(|kind| kind.arns.iter().copied());
    // The most particular one: an object's ARN has also the form of its bucket's.
    forms
        .filter(|form| Pattern::new(&opened(form, "*")).matches(resource))
        .max_by_key(|form| form.matches("${").count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PolicyKind, parse};

    fn document(statement: &str) -> Document {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
        parse(&text, PolicyKind::Identity).unwrap().document
    }

    #[test]
    fn a_service_is_granted_by_any_of_its_actions() {
        let some = document(
            r#"{"Effect": "Allow", "Action": ["S3:Get*", "sts:AssumeRole"], "Resource": "arn:aws:s3:::a"}"#,
        );
        assert!(some.grants_service("s3") && some.grants_service("STS") && !some.grants_service("iam"));
        let all = document(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#);
        assert!(service_prefixes().all(|prefix| all.grants_service(prefix)));
        let rest = document(r#"{"Effect": "Allow", "NotAction": ["iam:*", "s3:Put*"], "Resource": "*"}"#);
        assert!(rest.grants_service("s3") && rest.grants_service("ec2") && !rest.grants_service("iam"));
        let deny = document(r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#);
        assert!(!deny.grants_service("s3") && deny.bars_service("s3") && !deny.bars_service("iam"));
        let part = document(r#"{"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}"#);
        assert!(!part.bars_service("s3"));
    }

    #[test]
    fn a_resource_has_the_form_of_its_type() {
        let form = resource_form("s3:GetObject", "arn:aws:s3:::data/report.txt");
        assert_eq!(form, Some("arn:${Partition}:s3:::${BucketName}/${ObjectName}"));
        assert_eq!(
            resource_form("s3:listbucket", "arn:aws:s3:::data"),
            Some("arn:${Partition}:s3:::${BucketName}")
        );
        assert_eq!(resource_form("s3:GetObject", "arn:aws:iam::111122223333:user/a"), None);
        assert_eq!(resource_form("s3:Nothing", "*"), None);
        assert_eq!(service_name("nobody"), "nobody");
    }
}
