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
    let units = accounts.units().map(|unit| Key::unit(&unit.id));
    let own = accounts.policies().filter(|policy| !policy.is_aws_managed);
    let policies = own.map(|policy| Key::organization_policy(&policy.record.id));
    let handshakes = accounts.handshakes().map(|handshake| Key::handshake(&handshake.id));
    let requests = accounts.requests().map(|request| Key::create_account(&request.id));
    let itself = [Key::account(organization.management), Key::organization()];
    draft.delete_all(units.chain(policies).chain(handshakes).chain(requests).chain(itself).collect());
    Ok(Value::structure())
}
