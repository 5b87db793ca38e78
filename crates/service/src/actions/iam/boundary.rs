//! Permissions boundaries of users and roles: a managed policy that an entity's permissions never exceed.

use portcullis_base::{UniqueId, Value};

use super::attachment;
use super::target::{self, Target};
use crate::action::{Ask, Need};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{Role, Snapshot, User};

/// The condition key of boundaries.
const KEY: &str = "iam:PermissionsBoundary";

/// An entity that can have a boundary.
pub trait Bounded: Target {
    /// The boundary of its record.
    fn boundary_mut(record: &mut Self::Record) -> &mut Option<UniqueId>;
}

impl Bounded for User {
    fn boundary_mut(record: &mut Self::Record) -> &mut Option<UniqueId> {
        &mut record.boundary
    }
}

impl Bounded for Role {
    fn boundary_mut(record: &mut Self::Record) -> &mut Option<UniqueId> {
        &mut record.boundary
    }
}

/// The need with the boundary that the request asks for, if it does.
pub fn with_requested(ask: &Ask<'_>, need: Need) -> Need {
    need.key_some(KEY, ask.input.text("PermissionsBoundary"))
}

/// The permission to set a boundary: the one asked for is the condition key.
///
/// # Errors
/// When the input names no entity.
pub fn need_put<T: Bounded>(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    Ok(with_requested(ask, target::need::<T>(ask, action)?))
}

/// The permission on an entity whose boundary matters: the one held is the condition key. What matters is what the
/// Service Authorization Reference lists under `iam:PermissionsBoundary`.
///
/// # Errors
/// When the input names no entity.
pub fn need_held<T: Target>(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    let need = target::need::<T>(ask, action)?;
    let held = target::find::<T>(ask).ok().and_then(|entity| entity.boundary());
    let policy = held.and_then(|id| ask.snapshot.policies.get(id));
    Ok(need.key_some(KEY, policy.map(|policy| &*policy.arn)))
}

/// The policy that the request asks for as a boundary.
///
/// # Errors
/// `ValidationError` for what is no managed policy; `NoSuchEntity` when there is none of that ARN.
pub fn requested(ask: &Ask<'_>) -> Result<Option<UniqueId>, ApiError> {
    let Some(arn) = ask.input.text("PermissionsBoundary") else { return Ok(None) };
    let is_policy = arn
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(_, resource)| resource.starts_with("policy/"));
    if !is_policy {
        return Err(ApiError::validation(format!(
            "Value ({arn}) for parameter PermissionsBoundary is invalid."
        )));
    }
    let policy = ask.snapshot.policy_for(ask.account(), arn).filter(|policy| policy.is_attachable());
    match policy {
        Some(policy) => Ok(Some(policy.record.id)),
        None => {
            Err(ApiError::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")))
        }
    }
}

/// A boundary as answers have it.
pub fn shown(snapshot: &Snapshot, boundary: Option<UniqueId>) -> Option<Value> {
    let policy = snapshot.policies.get(boundary?)?;
    Some(
        Value::structure()
            .with("PermissionsBoundaryType", "Policy")
            .with("PermissionsBoundaryArn", &*policy.arn),
    )
}

/// Sets an entity's boundary.
pub fn put<T: Bounded>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_modifiable::<T>(ask)?;
    let arn = ask.text("PermissionsBoundary")?;
    if let Some(policy) = ask.snapshot.policy_for(ask.account(), arn) {
        attachment::attachable(policy)?;
    }
    let mut record = entity.record().clone();
    *T::boundary_mut(&mut record) = requested(ask)?;
    T::put(draft, &record);
    Ok(Value::structure())
}

/// Takes an entity's boundary away.
pub fn delete<T: Bounded>(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let entity = target::find_modifiable::<T>(ask)?;
    let mut record = entity.record().clone();
    if T::boundary_mut(&mut record).take().is_none() {
        return Err(ApiError::no_such_entity(format!(
            "{} {} does not have a permission boundary attached.",
            T::TITLE,
            entity.name()
        )));
    }
    T::put(draft, &record);
    Ok(Value::structure())
}
