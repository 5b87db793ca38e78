//! How an account goes out of its organization: it stays where it is, with all that is in it, and stands alone.
//! What Identity Center made in it goes.

use portcullis_base::{AccountId, Value};

use super::scope::{self, constraint, refuse};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::identity_center::reach;

/// Drafts the departure.
///
/// # Errors
/// AWS's refusals of the management account and of delegated administrators.
pub fn leave(ask: &Ask<'_>, account: AccountId, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    if account == organization.management {
        return Err(refuse(
            "MasterCannotLeaveOrganizationException",
            "The management account cannot leave; delete the organization instead.",
        ));
    }
    if organization.administrators.iter().any(|held| held.account == account) {
        return Err(constraint(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "The account administers a service for the organization; deregister it first.",
        ));
    }
    let record = ask.snapshot.accounts.get(account).filter(|record| record.membership.is_some());
    let mut record = record
        .ok_or_else(|| refuse("AccountNotFoundException", "The account is not in your organization."))?
        .as_ref()
        .clone();
    record.membership = None;
    draft.put_account(&record);
    reach::withdraw(ask.snapshot, account, draft);
    Ok(Value::structure())
}
