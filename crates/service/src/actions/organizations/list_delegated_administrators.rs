//! ListDelegatedAdministrators: the accounts that administer a service, or any service.

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListDelegatedAdministrators",
    row::anywhere("organizations:ListDelegatedAdministrators"),
    |ask| {
        let organization = scope::organization(ask)?;
        let service = ask.input.text("ServicePrincipal");
        let mut held: Vec<_> = organization
            .administrators
            .iter()
            .filter(|held| service.is_none_or(|service| held.principal == service))
            .collect();
        held.sort_by_key(|held| (held.account, held.since));
        held.dedup_by_key(|held| held.account);
        let accounts =
            held.into_iter().filter_map(|held| Some((held, ask.snapshot.accounts.get(held.account)?)));
        Ok(Page::next(ask, "administrators")?.answer(
            "DelegatedAdministrators",
            accounts,
            |(held, _)| held.account.to_string(),
            |(held, account)| {
                let mut shown = shown::account(ask, organization, account);
                shown.remove("Paths");
                shown.with("DelegationEnabledDate", held.since)
            },
        ))
    },
);
