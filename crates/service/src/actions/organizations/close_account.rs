//! CloseAccount: nobody in the account can do anything from then on. It stays in the organization, closed.

use portcullis_base::Value;

use super::row;
use super::scope::{self, constraint, refuse};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "CloseAccount",
    Permission::Named("organizations:CloseAccount", |ask, action| scope::one(ask, action, "AccountId")),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let account = scope::member(ask)?;
    if account.id == organization.management {
        return Err(constraint(
            "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
            "The management account cannot be closed.",
        ));
    }
    if account.is_closed {
        return Err(refuse("AccountAlreadyClosedException", "The account is already closed."));
    }
    let mut record = account.as_ref().clone();
    record.is_closed = true;
    draft.put_account(&record);
    Ok(Value::structure())
}
