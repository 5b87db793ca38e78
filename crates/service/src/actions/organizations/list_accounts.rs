//! ListAccounts: every account of the organization, in the order of their ids.

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read("ListAccounts", row::anywhere("organizations:ListAccounts"), |ask| {
    let organization = scope::organization(ask)?;
    Ok(Page::next(ask, "accounts")?.answer(
        "Accounts",
        ask.snapshot.accounts.members().map(|(account, _)| account),
        |account| account.id.to_string(),
        |account| shown::account(ask, organization, account),
    ))
});
