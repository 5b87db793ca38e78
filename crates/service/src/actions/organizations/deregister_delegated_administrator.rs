//! DeregisterDelegatedAdministrator: a member account administers a service no longer.

use portcullis_base::Value;

use super::row;
use super::scope::{self, refuse};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "DeregisterDelegatedAdministrator",
    Permission::Named("organizations:DeregisterDelegatedAdministrator", |ask, action| {
        scope::one(ask, action, "AccountId")
    }),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = scope::organization(ask)?.as_ref().clone();
    let (account, principal) = (scope::member(ask)?.id, ask.text("ServicePrincipal")?);
    let before = record.administrators.len();
    record.administrators.retain(|held| held.account != account || held.principal != principal);
    if record.administrators.len() == before {
        return Err(refuse(
            "AccountNotRegisteredException",
            format!("Account {account} does not administer {principal}."),
        ));
    }
    draft.put_organization(&record);
    Ok(Value::structure())
}
