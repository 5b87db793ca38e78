//! ListPoliciesGrantingServiceAccess: which policies of a user, group or role allow each of some services.

use portcullis_base::Value;

use super::advice::{self, Subject};
use super::identity::{self, Attached, Identity};
use super::paging::Page;
use super::row;
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

const MEMBER: &str = "Arn";

/// The action.
pub const ROW: Row = row::read(
    "ListPoliciesGrantingServiceAccess",
    Permission::Named("iam:ListPoliciesGrantingServiceAccess", |ask, action| {
        identity::need(ask, action, MEMBER)
    }),
    |ask| identity::concerned(ask, MEMBER),
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let grants = Subject::Identity(Identity::of(ask, MEMBER)?).grants(ask.snapshot);
    let services: Vec<&str> = ask.input.list("ServiceNamespaces").iter().filter_map(Value::as_text).collect();
    // One that AWS does not have is known if a policy names it.
    let is_named = |service: &str| grants.services().contains(&service.to_ascii_lowercase());
    let unknown = services.iter().find(|service| !advice::is_known(service) && !is_named(service));
    if let Some(service) = unknown {
        return Err(advice::no_such_service(service));
    }
    let page = Page::of(ask, "services granted")?;
    let (services, rest) = page.cut(services.into_iter().enumerate(), |(place, _)| format!("{place:08}"));
    let shown = services.into_iter().map(|(_, service)| {
        let policies = grants.granting(&service.to_ascii_lowercase()).into_iter().map(shown);
        Value::structure().with("ServiceNamespace", service).with("Policies", policies.collect::<Value>())
    });
    Ok(rest.finish(Value::structure().with("PoliciesGrantingServiceAccess", shown.collect::<Value>())))
}

fn shown(policy: &Attached<'_>) -> Value {
    match policy {
        Attached::Inline { word, owner, name, .. } => Value::structure()
            .with("PolicyName", *name)
            .with("PolicyType", "INLINE")
            .with("EntityType", word.to_ascii_uppercase())
            .with("EntityName", *owner),
        Attached::Managed(policy) => Value::structure()
            .with("PolicyName", policy.record.name.as_str())
            .with("PolicyType", "MANAGED")
            .with("PolicyArn", &*policy.arn),
    }
}
