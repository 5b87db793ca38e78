//! ListAccounts: the accounts in which the caller has anything.

use portcullis_base::{AccountId, Value};

use super::bearer::{own, row, signed_in};
use crate::action::{Access, Handler, Row};
use crate::actions::organizations::root_email;
use crate::actions::paging::Page;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::access;

/// The action.
pub const ROW: Row = row(
    "ListAccounts",
    &["sso:ListAccounts"],
    |ask| own(ask, "sso:ListAccounts"),
    Access::Read,
    Handler::Read(answer),
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let who = signed_in(ask)?;
    let mut accounts: Vec<AccountId> =
        access::of(ask.snapshot, &who.user.id).iter().map(|held| held.account).collect();
    accounts.dedup();
    let page = Page::portal(ask, "portal-accounts")?;
    Ok(page.answer("accountList", accounts, ToString::to_string, |account| {
        let record = ask.snapshot.accounts.get(*account);
        let name = record.map_or_else(|| account.to_string(), |record| record.name.clone());
        let email = record.map_or_else(|| root_email(*account), |record| record.email.clone());
        Value::structure()
            .with("accountId", account.to_string())
            .with("accountName", name)
            .with("emailAddress", email)
    }))
}
