//! ListDelegatedServicesForAccount: the services that an account administers for the organization.

use portcullis_base::Value;

use super::row;
use super::scope::{self, refuse};
use crate::action::{Permission, Row};
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListDelegatedServicesForAccount",
    Permission::Named("organizations:ListDelegatedServicesForAccount", |ask, action| {
        scope::one(ask, action, "AccountId")
    }),
    |ask| {
        let (organization, account) = (scope::organization(ask)?, scope::member(ask)?.id);
        let mut held: Vec<_> =
            organization.administrators.iter().filter(|held| held.account == account).collect();
        if held.is_empty() {
            return Err(refuse(
                "AccountNotRegisteredException",
                format!("Account {account} administers no service."),
            ));
        }
        held.sort_by(|one, other| one.principal.cmp(&other.principal));
        Ok(Page::next(ask, "delegated-services")?.answer(
            "DelegatedServices",
            held,
            |held| held.principal.clone(),
            |held| {
                Value::structure()
                    .with("ServicePrincipal", held.principal.as_str())
                    .with("DelegationEnabledDate", held.since)
            },
        ))
    },
);
