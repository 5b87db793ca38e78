//! ListPolicies: all policies of a type.

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read("ListPolicies", row::anywhere("organizations:ListPolicies"), |ask| {
    scope::organization(ask)?;
    let kind = ask.text("Filter")?;
    Ok(Page::next(ask, "policies")?.answer(
        "Policies",
        ask.snapshot.accounts.policies().filter(|policy| policy.record.kind == kind),
        |policy| policy.record.id.clone(),
        |policy| shown::policy_summary(policy),
    ))
});
