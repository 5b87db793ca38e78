//! ListAccountRoles: the permission sets that the caller has in an account, by their names.

use portcullis_base::Value;

use super::bearer::{own, row, signed_in};
use crate::action::{Access, Handler, Row};
use crate::actions::paging::Page;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::access;

/// The action.
pub const ROW: Row = row(
    "ListAccountRoles",
    &["sso:ListAccountRoles"],
    |ask| own(ask, "sso:ListAccountRoles"),
    Access::Read,
    Handler::Read(answer),
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let who = signed_in(ask)?;
    let account = ask.input.text("accountId").unwrap_or_default();
    let all = access::of(ask.snapshot, &who.user.id).into_iter();
    let mut names: Vec<String> =
        all.filter(|held| held.account.to_string() == account).map(|held| held.set.name.clone()).collect();
    if names.is_empty() {
        return Err(ApiError::caller("ForbiddenException", 403, "No access"));
    }
    names.sort();
    let page = Page::portal(ask, "portal-roles")?;
    Ok(page.answer("roleList", names, String::clone, |name| {
        Value::structure().with("roleName", name.as_str()).with("accountId", account)
    }))
}
