//! Turning a type of policy on and off for the whole organization: off, all that is attached of it goes; on, only
//! AWS's own is attached everywhere.

use portcullis_base::Value;
use portcullis_store::record::OrganizationRecord;

use super::scope::{self, refuse};
use super::{policy_type, shown};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::snapshot::organization::Node;

/// The organization, if `RootId` names its root.
fn of_root(ask: &Ask<'_>) -> Result<OrganizationRecord, ApiError> {
    let organization = scope::organization(ask)?;
    if ask.text("RootId")? != organization.root_id {
        return Err(refuse("RootNotFoundException", "RootId names no root of your organization."));
    }
    Ok(organization.as_ref().clone())
}

/// Drafts the type as enabled.
///
/// # Errors
/// `PolicyTypeAlreadyEnabledException`, and of types that are not honoured here.
pub fn enable(ask: &Ask<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = of_root(ask)?;
    let kind = policy_type::named(ask.text("PolicyType")?)?;
    if record.policy_types.iter().any(|held| held == kind.name) {
        return Err(refuse("PolicyTypeAlreadyEnabledException", "The policy type is already enabled."));
    }
    record.policy_types.push(kind.name.to_owned());
    let first = policy_type::first_policies(&[kind.name.to_owned()]);
    everywhere(ask, &mut record, draft, |attached| attached.extend(first.iter().cloned()));
    Ok(Value::structure().with("Root", shown::root(&record)))
}

/// Drafts the type as disabled.
///
/// # Errors
/// `PolicyTypeNotEnabledException`.
pub fn disable(ask: &Ask<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = of_root(ask)?;
    let wanted = ask.text("PolicyType")?;
    let kind = policy_type::enabled(&record, wanted).map_err(|_| {
        refuse("PolicyTypeNotEnabledException", format!("Policies of type {wanted} are not enabled."))
    })?;
    record.policy_types.retain(|held| held != kind.name);
    let accounts = &ask.snapshot.accounts;
    let stays = |id: &String| accounts.policy(id).is_none_or(|policy| policy.record.kind != kind.name);
    everywhere(ask, &mut record, draft, |attached| attached.retain(stays));
    Ok(Value::structure().with("Root", shown::root(&record)))
}

fn everywhere(
    ask: &Ask<'_>,
    record: &mut OrganizationRecord,
    draft: &mut Draft,
    change: impl Fn(&mut Vec<String>),
) {
    change(&mut record.attached);
    draft.put_organization(record);
    let accounts = &ask.snapshot.accounts;
    let units = accounts.units().map(|unit| Node::Unit(std::sync::Arc::clone(unit)));
    let members = accounts.members().map(|(account, _)| Node::Account(std::sync::Arc::clone(account)));
    let changed =
        units.chain(members).map(|node| super::node::changed(&node, |attached, _| change(attached)));
    draft.put_all(changed.collect());
}
