//! What answers show of an organization.

use portcullis_base::Value;
use portcullis_store::record::{AccountRecord, CreateAccountRecord, OrganizationRecord, UnitRecord};

use super::policy_type;
use crate::action::Ask;
use crate::snapshot::organization::{Node, OrganizationPolicy, arn};

/// The root's name, which nobody can change.
const ROOT: &str = "Root";

fn types(organization: &OrganizationRecord) -> Value {
    organization
        .policy_types
        .iter()
        .map(|kind| Value::structure().with("Type", kind.as_str()).with("Status", "ENABLED"))
        .collect()
}

/// The organization.
pub fn organization(ask: &Ask<'_>, record: &OrganizationRecord) -> Value {
    let management = record.management;
    let email = ask.snapshot.accounts.get(management).map(|account| account.email.clone());
    Value::structure()
        .with("Id", record.id.as_str())
        .with("Arn", arn(management, &format!("organization/{}", record.id)))
        .with("FeatureSet", "ALL")
        .with("MasterAccountArn", account_arn(record, management))
        .with("MasterAccountId", management.to_string())
        .with_some("MasterAccountEmail", email)
        .with("AvailablePolicyTypes", types(record))
}

/// The root.
pub fn root(record: &OrganizationRecord) -> Value {
    Value::structure()
        .with("Id", record.root_id.as_str())
        .with("Arn", arn(record.management, &format!("root/{}/{}", record.id, record.root_id)))
        .with("Name", ROOT)
        .with("PolicyTypes", types(record))
}

fn account_arn(organization: &OrganizationRecord, id: portcullis_base::AccountId) -> String {
    arn(organization.management, &format!("account/{}/{id}", organization.id))
}

/// An account of the organization.
pub fn account(ask: &Ask<'_>, organization: &OrganizationRecord, record: &AccountRecord) -> Value {
    let (status, state) = if record.is_closed { ("SUSPENDED", "CLOSED") } else { ("ACTIVE", "ACTIVE") };
    let membership = record.membership.as_ref();
    let method = if membership.is_some_and(|held| held.is_invited) { "INVITED" } else { "CREATED" };
    let paths: Option<Value> =
        ask.snapshot.accounts.place(record.id).map(|place| {
            place.paths.iter().map(|path| Value::from(format!("{path}{}/", record.id))).collect()
        });
    Value::structure()
        .with("Id", record.id.to_string())
        .with("Arn", account_arn(organization, record.id))
        .with("Email", record.email.as_str())
        .with("Name", record.name.as_str())
        .with("Status", status)
        .with("State", state)
        .with_some("Paths", paths)
        .with("JoinedMethod", method)
        .with("JoinedTimestamp", membership.map_or(record.created, |held| held.joined))
}

/// An organizational unit.
pub fn unit(ask: &Ask<'_>, organization: &OrganizationRecord, record: &UnitRecord) -> Value {
    let line = ask.snapshot.accounts.line(&record.parent);
    let above: String = line.iter().map(|node| node.id() + "/").collect();
    Value::structure()
        .with("Id", record.id.as_str())
        .with("Arn", arn(organization.management, &format!("ou/{}/{}", organization.id, record.id)))
        .with("Name", record.name.as_str())
        .with("Path", format!("{}/{above}{}/", organization.id, record.id))
}

/// A policy without its text.
pub fn policy_summary(policy: &OrganizationPolicy) -> Value {
    let record = &policy.record;
    Value::structure()
        .with("Id", record.id.as_str())
        .with("Arn", policy.arn.as_str())
        .with("Name", record.name.as_str())
        .with("Description", record.description.as_str())
        .with("Type", record.kind.as_str())
        .with("AwsManaged", policy.is_aws_managed)
}

/// A policy with its text.
pub fn policy(policy: &OrganizationPolicy) -> Value {
    Value::structure()
        .with("PolicySummary", policy_summary(policy))
        .with("Content", policy.record.text.as_str())
}

/// What came of a request to make an account.
pub fn request(record: &CreateAccountRecord) -> Value {
    let state = if record.failure.is_some() { "FAILED" } else { "SUCCEEDED" };
    Value::structure()
        .with("Id", record.id.as_str())
        .with("AccountName", record.account_name.as_str())
        .with("State", state)
        .with("RequestedTimestamp", record.requested)
        .with("CompletedTimestamp", record.requested)
        .with_some("AccountId", record.account.map(|account| account.to_string()))
        .with_some("FailureReason", record.failure.as_deref())
}

/// AWS's word for the kind of a node, where it can be above others.
pub fn parent(node: &Node) -> Value {
    let kind = if matches!(node, Node::Root(_)) { "ROOT" } else { policy_type::UNIT };
    Value::structure().with("Id", node.id()).with("Type", kind)
}

/// A target of a policy.
pub fn target(ask: &Ask<'_>, node: &Node) -> Value {
    let (kind, name) = match node {
        Node::Root(_) => ("ROOT", ROOT),
        Node::Unit(unit) => (policy_type::UNIT, unit.name.as_str()),
        Node::Account(account) => ("ACCOUNT", account.name.as_str()),
    };
    Value::structure()
        .with("TargetId", node.id())
        .with("Arn", super::scope::arn_of(ask, &node.id()))
        .with("Name", name)
        .with("Type", kind)
}
