//! What answers show of the organization's resource policy.

use portcullis_base::Value;
use portcullis_store::record::{DelegationRecord, OrganizationRecord};

use crate::action::Ask;
use crate::snapshot::organization::arn;

/// The policy with its text, as its principals are named now.
pub fn of(ask: &Ask<'_>, organization: &OrganizationRecord, record: &DelegationRecord) -> Value {
    let path = format!("resourcepolicy/{}/{}", organization.id, record.id);
    let summary =
        Value::structure().with("Id", record.id.as_str()).with("Arn", arn(organization.management, &path));
    Value::structure()
        .with("ResourcePolicySummary", summary)
        .with("Content", ask.snapshot.shown(&record.document))
}
