//! UpdatePolicy: another name, description or text. It counts wherever the policy is attached, at once.

use portcullis_base::Value;

use super::{create_policy, policy_type, row, scope, shown};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::organization::OrganizationPolicy;

/// The action.
pub const ROW: Row = row::change(
    "UpdatePolicy",
    Permission::Named("organizations:UpdatePolicy", |ask, action| scope::one(ask, action, "PolicyId")),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let held = scope::policy(ask)?;
    policy_type::immutable(&held.record.id)?;
    let mut record = held.record.clone();
    let kind = policy_type::named(&record.kind)?;
    if let Some(name) = ask.input.text("Name").filter(|name| *name != record.name) {
        create_policy::vacant(ask, kind.name, name)?;
        name.clone_into(&mut record.name);
    }
    if let Some(description) = ask.input.text("Description") {
        description.clone_into(&mut record.description);
    }
    if let Some(text) = ask.input.text("Content") {
        policy_type::check(ask, kind, text, draft)?;
        text.clone_into(&mut record.text);
    }
    draft.put_organization_policy(&record);
    let policy = OrganizationPolicy { arn: held.arn.clone(), record, is_aws_managed: false, document: None };
    Ok(Value::structure().with("Policy", shown::policy(&policy)))
}
