//! What answers show of the instance, of permission sets and of assignments.

use portcullis_base::Value;
use portcullis_store::record::{AssignmentRecord, InstanceRecord, PermissionSetRecord, ProvisionedRecord};

use super::{duration, scope};
use crate::action::Ask;
use crate::identity_center::access::store_arn;

/// The instance.
pub fn instance(record: &InstanceRecord) -> Value {
    Value::structure()
        .with("InstanceArn", scope::instance_arn(record))
        .with("IdentityStoreId", record.store.as_str())
        .with("IdentityStoreArn", store_arn(record))
        .with("OwnerAccountId", record.account.to_string())
        .with_some("Name", record.name.as_deref())
        .with("CreatedDate", record.created)
        .with("Status", "ACTIVE")
}

/// A permission set.
pub fn set(instance: &InstanceRecord, record: &PermissionSetRecord) -> Value {
    Value::structure()
        .with("Name", record.name.as_str())
        .with("PermissionSetArn", scope::set_arn(instance, &record.id))
        .with_some("Description", record.description.as_deref())
        .with("CreatedDate", record.created)
        .with("SessionDuration", duration::shown(record.session_s))
        .with_some("RelayState", record.relay_state.as_deref())
}

/// An assignment.
pub fn assignment(instance: &InstanceRecord, record: &AssignmentRecord) -> Value {
    let (kind, id) = scope::words(&record.assignee);
    Value::structure()
        .with("AccountId", record.account.to_string())
        .with("PermissionSetArn", scope::set_arn(instance, &record.set))
        .with("PrincipalType", kind)
        .with("PrincipalId", id)
}

/// Where an assignment stands in lists.
pub fn assignment_key(record: &AssignmentRecord) -> String {
    let (kind, id) = scope::words(&record.assignee);
    // As the assignees are ordered: users, then groups.
    let place = if kind == "USER" { "0" } else { "1" };
    format!("{}/{}/{place}/{id}", record.account, record.set)
}

/// Whether a role is as the request wants it: up to date, or not.
pub fn is_wanted(ask: &Ask<'_>, set: &PermissionSetRecord, held: &ProvisionedRecord) -> bool {
    match ask.input.text("ProvisioningStatus") {
        Some("LATEST_PERMISSION_SET_PROVISIONED") => held.version == set.version,
        Some(_) => held.version != set.version,
        None => true,
    }
}
