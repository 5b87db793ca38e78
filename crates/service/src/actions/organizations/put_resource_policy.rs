//! PutResourcePolicy: who in other accounts of the organization may do what in it (Organizations User Guide,
//! "Delegated administrator for AWS Organizations").

use portcullis_base::Value;
use portcullis_policy::PolicyKind;
use portcullis_store::record::DelegationRecord;

use super::scope::{self, invalid};
use super::{ids, row, shown_delegation, tagging};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

const PUT: &str = "organizations:PutResourcePolicy";

/// The action.
pub const ROW: Row = row::change(
    "PutResourcePolicy",
    Permission::Several(&[PUT, scope::TAG], |ask| Ok(scope::tagged(ask, scope::anywhere(ask, PUT)))),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = scope::organization(ask)?.as_ref().clone();
    let text = ask.text("Content")?;
    let parsed = portcullis_policy::parse(text, PolicyKind::Resource)
        .map_err(|error| invalid("INVALID_RESOURCE_POLICY_JSON", error.message))?;
    scope::delegable(text)?;
    let document = ask
        .snapshot
        .resolved(text, &parsed.document)
        .map_err(|error| invalid("INVALID_PRINCIPAL", error.message))?;
    crate::lint::note(text, PolicyKind::Resource, draft);
    let tags = tagging::requested(ask)?;
    let delegation = match record.resource_policy.take() {
        Some(held) if tags.is_empty() => DelegationRecord { document, ..held },
        // AWS: tags can be given only when the policy is made.
        Some(_) => {
            return Err(invalid(
                "TARGET_NOT_SUPPORTED",
                "Tags of a resource policy that exists: use TagResource.",
            ));
        }
        None => DelegationRecord { id: ids::fresh(ask, "rp", 10), document, tags },
    };
    let answer = shown_delegation::of(ask, &record, &delegation);
    record.resource_policy = Some(delegation);
    draft.put_organization(&record);
    Ok(Value::structure().with("ResourcePolicy", answer))
}
