//! DeleteOrganization: when no account but the management account is in it any more. Its units and policies go with it.

use portcullis_base::Value;
use portcullis_store::Key;

use super::row;
use super::scope::{self, refuse};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::change("DeleteOrganization", row::anywhere("organizations:DeleteOrganization"), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let accounts = &ask.snapshot.accounts;
    if accounts.members().any(|(account, _)| account.id != organization.management) {
        return Err(refuse(
            "OrganizationNotEmptyException",
            "The organization still has member accounts; remove them first.",
        ));
    }
    for unit in accounts.units() {
        draft.delete(Key::unit(&unit.id));
    }
    for policy in accounts.policies().filter(|policy| !policy.is_aws_managed) {
        draft.delete(Key::organization_policy(&policy.record.id));
    }
    for handshake in accounts.handshakes() {
        draft.delete(Key::handshake(&handshake.id));
    }
    for request in accounts.requests() {
        draft.delete(Key::create_account(&request.id));
    }
    draft.delete(Key::account(organization.management));
    draft.delete(Key::organization());
    Ok(Value::structure())
}
