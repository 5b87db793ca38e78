//! ListAccountAssignments: who has a permission set in an account, users and groups as they were given it.

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListAccountAssignments",
    row::on!("ListAccountAssignments", scope::On::Instance, scope::On::Account("AccountId"), scope::On::Set),
    |ask| {
        let (instance, set, account) =
            (scope::instance(ask)?, scope::set(ask)?, scope::account(ask, "AccountId")?);
        let all = ask.snapshot.identity_center.assignments_of(account, &set.id);
        let page = Page::center(ask, "assignments")?;
        Ok(page.answer(
            "AccountAssignments",
            all,
            |held| shown::assignment_key(held),
            |held| shown::assignment(instance, held),
        ))
    },
);
