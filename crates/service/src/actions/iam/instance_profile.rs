//! Instance profiles: how they are shown, and the role in them, of which there is at most one.

use portcullis_base::Value;

use super::paging::Page;
use super::{listing, shown, tagging, target};
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{InstanceProfile, Role, Snapshot};

/// An instance profile in a list, with its role.
pub fn shown(snapshot: &Snapshot, profile: &InstanceProfile) -> Value {
    let record = &profile.record;
    let role = record.role.and_then(|id| snapshot.roles.get(id));
    Value::structure()
        .with("Path", record.path.as_str())
        .with("InstanceProfileName", record.name.as_str())
        .with("InstanceProfileId", record.id.to_string())
        .with("Arn", profile.arn.as_str())
        .with("CreateDate", record.created)
        .with("Roles", role.into_iter().map(|role| shown::role_core(snapshot, role)).collect::<Value>())
}

/// An instance profile with its tags.
pub fn whole(snapshot: &Snapshot, profile: &InstanceProfile) -> Value {
    shown(snapshot, profile).with_some("Tags", tagging::shown_if_any(&profile.record.tags))
}

/// All that a role is in.
pub fn all_of_role(snapshot: &Snapshot, role: &Role) -> Value {
    snapshot.belongings.profiles_of(role.record.id).map(|profile| shown(snapshot, profile)).collect()
}

/// A page of those that a role is in.
///
/// # Errors
/// `NoSuchEntity`; `ValidationError` for a bad marker.
pub fn list_of_role(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let role = target::find::<Role>(ask)?;
    let page = Page::of(ask, "instance profiles of a role")?;
    let mut profiles: Vec<_> = ask.snapshot.belongings.profiles_of(role.record.id).collect();
    profiles.sort_by_cached_key(|profile| listing::key(profile.as_ref()));
    Ok(page.answer(
        "InstanceProfiles",
        profiles,
        |profile| listing::key(profile.as_ref()),
        |profile| shown(ask.snapshot, profile),
    ))
}

/// What the event of a change of the role names: the profile and the role.
pub fn concerned(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let mut concerned = target::concerned::<InstanceProfile>(ask);
    concerned.extend(target::concerned::<Role>(ask));
    concerned
}

/// The permission to hand the role to a machine (IAM User Guide, "Grant a user permissions to pass a role to an AWS
/// service").
///
/// # Errors
/// When the input names no role.
pub fn need_pass(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    Ok(target::need::<Role>(ask, action)?.key("iam:PassedToService", "ec2.amazonaws.com"))
}
