//! ListPoliciesForTarget: the policies of a type that are attached to a root, unit or account itself.

use super::{row, scope, shown};
use crate::action::{Permission, Row};
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListPoliciesForTarget",
    Permission::Named("organizations:ListPoliciesForTarget", |ask, action| {
        scope::one(ask, action, "TargetId")
    }),
    |ask| {
        let node = scope::node(ask, "TargetId", "TargetNotFoundException")?;
        let (kind, accounts) = (ask.text("Filter")?, &ask.snapshot.accounts);
        let mut ids = node.attached().to_vec();
        ids.sort_unstable();
        let attached = ids.iter().filter_map(|id| accounts.policy(id));
        Ok(Page::next(ask, "policies-for-target")?.answer(
            "Policies",
            attached.filter(|policy| policy.record.kind == kind),
            |policy| policy.record.id.clone(),
            |policy| shown::policy_summary(policy),
        ))
    },
);
