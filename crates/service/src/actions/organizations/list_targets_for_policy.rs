//! ListTargetsForPolicy: whatever a policy is attached to.

use super::{row, scope, shown};
use crate::action::{Permission, Row};
use crate::actions::paging::Page;
use crate::snapshot::organization::Node;

/// The action.
pub const ROW: Row = row::read(
    "ListTargetsForPolicy",
    Permission::Named("organizations:ListTargetsForPolicy", |ask, action| {
        scope::one(ask, action, "PolicyId")
    }),
    |ask| {
        let policy = scope::policy(ask)?;
        let mut targets = ask.snapshot.accounts.targets(&policy.record.id);
        targets.sort_by_key(Node::id);
        Ok(Page::next(ask, "targets")?.answer("Targets", targets, Node::id, |node| shown::target(ask, node)))
    },
);
