//! Entities as answers have them. Lists leave out what only the single reads give (IAM API reference, ListRoles,
//! ListUsers, ListPolicies).

use portcullis_base::Value;

use super::{boundary, documents, tagging, version};
use crate::action::Ask;
use crate::last_use::{LastUse, LastUses};
use crate::snapshot::{Group, ManagedPolicy, Role, Snapshot, Usage, User};

/// A user in a list.
pub fn user(user: &User) -> Value {
    let record = &user.record;
    Value::structure()
        .with("Path", record.path.as_str())
        .with("UserName", record.name.as_str())
        .with("UserId", record.id.to_string())
        .with("Arn", &*user.arn)
        .with("CreateDate", record.created)
}

/// A user with its boundary and tags.
pub fn whole_user(snapshot: &Snapshot, held: &User) -> Value {
    user(held)
        .with_some("PermissionsBoundary", boundary::shown(snapshot, held.record.boundary))
        .with_some("Tags", tagging::shown_if_any(&held.record.tags))
}

/// A group.
pub fn group(group: &Group) -> Value {
    let record = &group.record;
    Value::structure()
        .with("Path", record.path.as_str())
        .with("GroupName", record.name.as_str())
        .with("GroupId", record.id.to_string())
        .with("Arn", &*group.arn)
        .with("CreateDate", record.created)
}

/// What every answer says of a role, with its trust policy as it is shown now.
pub fn role_core(snapshot: &Snapshot, role: &Role) -> Value {
    let record = &role.record;
    Value::structure()
        .with("Path", record.path.as_str())
        .with("RoleName", record.name.as_str())
        .with("RoleId", record.id.to_string())
        .with("Arn", &*role.arn)
        .with("CreateDate", record.created)
        .with("AssumeRolePolicyDocument", documents::encoded(&snapshot.shown(&record.trust)))
}

/// A role in a list.
pub fn role(snapshot: &Snapshot, held: &Role) -> Value {
    let record = &held.record;
    role_core(snapshot, held)
        .with_some("Description", record.description.as_deref())
        .with("MaxSessionDuration", record.max_session_s)
}

/// When a role was last used: an empty structure if never, nothing if that is not known.
pub fn last_use(uses: &LastUses, role: &Role) -> Option<Value> {
    match uses.of(role.record.id, role.record.created) {
        LastUse::Seen(last) => {
            Some(Value::structure().with("LastUsedDate", last.at).with("Region", last.region))
        }
        LastUse::Never => Some(Value::structure()),
        LastUse::Unknown => None,
    }
}

/// A role with its boundary and tags.
pub fn whole_role(snapshot: &Snapshot, held: &Role) -> Value {
    role(snapshot, held)
        .with_some("PermissionsBoundary", boundary::shown(snapshot, held.record.boundary))
        .with_some("Tags", tagging::shown_if_any(&held.record.tags))
}

/// How often a policy is used in one way in the caller's account.
pub fn uses(ask: &Ask<'_>, policy: &ManagedPolicy, usage: Usage) -> usize {
    ask.snapshot.usages_of(ask.account(), policy.record.id).filter(|(held, _)| *held == usage).count()
}

/// A managed policy in a list.
pub fn policy(ask: &Ask<'_>, policy: &ManagedPolicy) -> Value {
    let record = &policy.record;
    Value::structure()
        .with("PolicyName", record.name.as_str())
        .with("PolicyId", record.id.to_string())
        .with("Arn", &*policy.arn)
        .with("Path", record.path.as_str())
        .with("DefaultVersionId", version::id_of(record.default_version))
        .with("AttachmentCount", uses(ask, policy, Usage::Permissions))
        .with("PermissionsBoundaryUsageCount", uses(ask, policy, Usage::Boundary))
        .with("IsAttachable", true)
        .with("CreateDate", record.created)
        .with("UpdateDate", record.updated)
}

/// A managed policy with its description and tags.
pub fn whole_policy(ask: &Ask<'_>, held: &ManagedPolicy) -> Value {
    policy(ask, held)
        .with_some("Description", held.record.description.as_deref())
        .with("Tags", tagging::shown(&held.record.tags))
}

/// A managed policy as it is named where it is attached.
pub fn attached(policy: &ManagedPolicy) -> Value {
    Value::structure().with("PolicyName", policy.record.name.as_str()).with("PolicyArn", &*policy.arn)
}
