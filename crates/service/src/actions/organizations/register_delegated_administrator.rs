//! RegisterDelegatedAdministrator: a member account administers a service for the organization.

use portcullis_base::Value;
use portcullis_store::record::AdministratorRecord;

use super::row;
use super::scope::{self, constraint, refuse};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "RegisterDelegatedAdministrator",
    Permission::Named("organizations:RegisterDelegatedAdministrator", |ask, action| {
        scope::one(ask, action, "AccountId")
    }),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = scope::organization(ask)?.as_ref().clone();
    let (account, principal) = (scope::member(ask)?, ask.text("ServicePrincipal")?);
    if account.id == record.management {
        return Err(constraint(
            "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "The management account administers everything already.",
        ));
    }
    if account.is_closed {
        return Err(constraint(
            "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "The account is closed.",
        ));
    }
    if record.services.iter().all(|held| held.principal != principal) {
        return Err(constraint(
            "SERVICE_ACCESS_NOT_ENABLED",
            format!("{principal} may not act for the organization; see EnableAWSServiceAccess."),
        ));
    }
    let is_it = |held: &AdministratorRecord| held.account == account.id && held.principal == principal;
    if record.administrators.iter().any(is_it) {
        return Err(refuse(
            "AccountAlreadyRegisteredException",
            format!("Account {} already administers {principal}.", account.id),
        ));
    }
    let principal = principal.to_owned();
    record.administrators.push(AdministratorRecord { account: account.id, principal, since: ask.now });
    draft.put_organization(&record);
    Ok(Value::structure())
}
