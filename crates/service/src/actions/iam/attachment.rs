//! Attached managed policies, the same for users, roles and groups: attach, detach and list.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_base::name::FoldedName;

use super::holder::Holder;
use super::paging::Page;
use super::target::{self, Target};
use super::{boundary, naming, shown};
use crate::action::{Ask, Need};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

/// The permission to attach or detach: on the entity, with the policy and the entity's boundary as condition keys.
///
/// # Errors
/// When the input names no entity.
pub fn need<T: Holder>(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    Ok(boundary::need_held::<T>(ask, action)?.key("iam:PolicyARN", ask.text("PolicyArn")?))
}

/// What the event names: the entity and the policy.
pub fn concerned<T: Holder>(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let mut concerned = target::concerned::<T>(ask);
    concerned.extend(target::concerned::<ManagedPolicy>(ask));
    concerned
}

/// Refuses policies that are for service-linked roles alone.
///
/// # Errors
/// `PolicyNotAttachable`.
pub fn attachable(policy: &ManagedPolicy) -> Result<(), ApiError> {
    if policy.is_attachable() {
        return Ok(());
    }
    let message = "Cannot attach a Service Role Policy to a Customer Role.";
    Err(ApiError::caller("PolicyNotAttachable", 400, message))
}

/// Attaches a policy; one that is attached already stays so.
pub fn attach<T: Holder>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_modifiable::<T>(ask)?;
    let arn = ask.text("PolicyArn")?;
    ManagedPolicy::imagined(ask.account(), arn)?;
    let policy = ManagedPolicy::lookup(ask.snapshot, ask.account(), arn).ok_or_else(|| {
        ApiError::no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
    })?;
    attachable(policy)?;
    let mut record = entity.record().clone();
    let attached = T::attached_mut(&mut record);
    if attached.contains(&policy.record.id) {
        return Ok(Value::structure());
    }
    attached.push(policy.record.id);
    let (quota, wording) = T::ATTACHED_QUOTA;
    naming::within(ask, quota, wording, attached.len())?;
    T::put(draft, &record);
    Ok(Value::structure())
}

/// Detaches a policy.
pub fn detach<T: Holder>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_modifiable::<T>(ask)?;
    let arn = ask.text("PolicyArn")?;
    ManagedPolicy::imagined(ask.account(), arn)?;
    let absent = || ManagedPolicy::absent(arn);
    let policy = ManagedPolicy::lookup(ask.snapshot, ask.account(), arn).ok_or_else(absent)?;
    let mut record = entity.record().clone();
    let attached = T::attached_mut(&mut record);
    let at = attached.iter().position(|id| *id == policy.record.id).ok_or_else(absent)?;
    attached.remove(at);
    T::put(draft, &record);
    Ok(Value::structure())
}

/// The policies attached to an entity, in the order of their names.
pub fn of<'a, T: Holder>(ask: &Ask<'a>, entity: &T) -> Vec<&'a Arc<ManagedPolicy>> {
    let ids = T::attached(entity.record()).iter();
    let mut policies: Vec<_> = ids.filter_map(|id| ask.snapshot.policies.get(*id)).collect();
    policies.sort_by_cached_key(|policy| FoldedName::new(&policy.record.name));
    policies
}

/// Lists attached policies.
pub fn list<T: Holder>(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let entity = target::find::<T>(ask)?;
    let page = Page::of(ask, "attached")?;
    let prefix = ask.input.text("PathPrefix").unwrap_or("/");
    let policies = of(ask, entity.as_ref()).into_iter();
    Ok(page.answer(
        "AttachedPolicies",
        policies.filter(|policy| policy.record.path.starts_with(prefix)),
        |policy| FoldedName::new(&policy.record.name).as_str().to_owned(),
        |policy| shown::attached(policy),
    ))
}
