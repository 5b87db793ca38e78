//! A change to the tags of whatever `ResourceId` names.

use portcullis_base::Tags;

use super::scope::{self, refuse};
use super::{node, policy_type, tagging};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;

/// Drafts the change.
///
/// # Errors
/// `TargetNotFoundException`; `ConstraintViolationException` for more tags than there can be.
pub fn change(ask: &Ask<'_>, draft: &mut Draft, change: impl Fn(&mut Tags)) -> Result<(), ApiError> {
    let organization = scope::organization(ask)?;
    let (id, accounts) = (ask.text("ResourceId")?, &ask.snapshot.accounts);
    let mut tags = scope::tags_of(ask, id).ok_or_else(|| {
        refuse("TargetNotFoundException", format!("There is no {id} in your organization."))
    })?;
    change(&mut tags);
    tagging::within(&tags)?;
    if let Some(policy) = accounts.policy(id) {
        policy_type::immutable(id)?;
        let mut record = policy.record.clone();
        record.tags = tags;
        draft.put_organization_policy(&record);
    } else if let Some(target) = accounts.node(id) {
        node::change(draft, &target, |_, held| *held = tags);
    } else {
        let mut record = organization.as_ref().clone();
        if let Some(delegation) = &mut record.resource_policy {
            delegation.tags = tags;
        }
        draft.put_organization(&record);
    }
    Ok(())
}
