//! ListAccountsForParent: the accounts right below a root or unit.

use super::{row, scope, shown};
use crate::action::{Permission, Row};
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListAccountsForParent",
    Permission::Named("organizations:ListAccountsForParent", |ask, action| {
        scope::one(ask, action, "ParentId")
    }),
    |ask| {
        let organization = scope::organization(ask)?;
        let parent = scope::parent(ask, "ParentId", "ParentNotFoundException")?.id();
        let members = ask.snapshot.accounts.members().filter(|(_, membership)| membership.parent == parent);
        Ok(Page::next(ask, "accounts-for-parent")?.answer(
            "Accounts",
            members.map(|(account, _)| account),
            |account| account.id.to_string(),
            |account| shown::account(ask, organization, account),
        ))
    },
);
