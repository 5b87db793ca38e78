//! CreatePolicy: a policy that can be attached to the root, units and accounts.

use portcullis_base::Value;
use portcullis_store::record::OrganizationPolicyRecord;

use super::scope::{self, constraint, refuse};
use super::{ids, policy_type, row, shown, tagging};
use crate::action::{Ask, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::organization::{OrganizationPolicy, arn};

const CREATE: &str = "organizations:CreatePolicy";

/// The action.
pub const ROW: Row = row::change(
    "CreatePolicy",
    Permission::Several(&[CREATE, scope::TAG], |ask| Ok(scope::tagged(ask, scope::anywhere(ask, CREATE)))),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let (name, text) = (ask.text("Name")?, ask.text("Content")?);
    let kind = policy_type::named(ask.text("Type")?)?;
    vacant(ask, kind.name, name)?;
    let most = ask.service.settings.limits.quota("organization-policies");
    let policies = ask.snapshot.accounts.policies();
    if policies.filter(|policy| policy.record.kind == kind.name).count() >= most {
        return Err(constraint(
            "POLICY_NUMBER_LIMIT_EXCEEDED",
            format!("An organization has {most} policies of a type at most."),
        ));
    }
    policy_type::check(ask, kind, text, draft)?;
    let record = OrganizationPolicyRecord {
        id: ids::fresh(ask, "p", 10),
        name: name.to_owned(),
        description: ask.input.text("Description").unwrap_or_default().to_owned(),
        kind: kind.name.to_owned(),
        text: text.to_owned(),
        tags: tagging::requested(ask)?,
    };
    draft.put_organization_policy(&record);
    let path = format!("policy/{}/{}/{}", organization.id, kind.name.to_ascii_lowercase(), record.id);
    let policy = OrganizationPolicy {
        arn: arn(organization.management, &path),
        record,
        is_aws_managed: false,
        document: None,
    };
    Ok(Value::structure().with("Policy", shown::policy(&policy)))
}

/// Refuses a name that another policy of the type has.
///
/// # Errors
/// `DuplicatePolicyException`.
pub fn vacant(ask: &Ask<'_>, kind: &str, name: &str) -> Result<(), ApiError> {
    let mut policies = ask.snapshot.accounts.policies();
    if policies.any(|policy| policy.record.kind == kind && policy.record.name == name) {
        return Err(refuse(
            "DuplicatePolicyException",
            format!("There is already a policy of this type named {name}."),
        ));
    }
    Ok(())
}
