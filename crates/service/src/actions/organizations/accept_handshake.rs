//! AcceptHandshake: the invited account comes into the organization, right below the root.

use portcullis_base::Value;
use portcullis_store::record::MembershipRecord;

use super::scope::refuse;
use super::{handshake, policy_type, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::change("AcceptHandshake", Permission::Named("organizations:AcceptHandshake", handshake::need), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let held = handshake::find(ask)?;
    let accounts = &ask.snapshot.accounts;
    let Some(organization) = accounts.organization() else {
        return Err(refuse("AWSOrganizationsNotInUseException", "The organization is gone."));
    };
    let account = accounts.get(held.account).filter(|_| held.account == ask.account());
    let mut account = account
        .ok_or_else(|| refuse("AccessDeniedException", "Only the invited account can accept."))?
        .as_ref()
        .clone();
    let answer = handshake::end(ask, held, "ACCEPTED", draft)?;
    if account.membership.is_some() {
        return Err(refuse(
            "HandshakeConstraintViolationException",
            "The account is already in an organization.",
        )
        .with("Reason", "ALREADY_IN_AN_ORGANIZATION"));
    }
    account.membership = Some(MembershipRecord {
        parent: organization.root_id.clone(),
        joined: ask.now,
        is_invited: true,
        attached: policy_type::first_policies(&organization.policy_types),
        tags: held.tags.clone(),
    });
    draft.put_account(&account);
    Ok(answer)
}
