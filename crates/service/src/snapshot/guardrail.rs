//! What an account inherits from its organization, put together level by level: root, units, account.
//!
//! Every level must allow, and a deny at any level wins. What cannot be read or found is a deny: it could have been one.

use std::collections::HashMap;
use std::sync::Arc;

use portcullis_base::AccountId;
use portcullis_policy::serving::Compiled;
use portcullis_store::record::{MembershipRecord, OrganizationRecord};

use super::document::unreadable;
use super::organization::{Accounts, Node, RCP, SCP};

/// The policies of one type at one level.
pub type Level = Vec<(String, Arc<Compiled>)>;

/// What an account inherits from its organization.
pub struct Place {
    /// `o-…`: `aws:PrincipalOrgID`, `aws:ResourceOrgID`.
    pub organization: String,
    /// `o-…/r-…/ou-…/`: the only value of `aws:PrincipalOrgPaths`.
    pub paths: Vec<String>,
    /// Service control policies, root first; none for the management account and where the type is not enabled.
    pub scps: Option<Vec<Arc<Level>>>,
    /// Resource control policies, likewise.
    pub rcps: Option<Vec<Arc<Level>>>,
}

/// Levels as they are put together: units are shared by all accounts below them.
pub(super) struct Levels<'a> {
    accounts: &'a Accounts,
    held: HashMap<(String, &'static str), Arc<Level>>,
}

impl<'a> Levels<'a> {
    pub(super) fn of(accounts: &'a Accounts) -> Self {
        Self { accounts, held: HashMap::new() }
    }

    /// The place of an account with this membership.
    pub(super) fn place(
        &mut self,
        organization: &OrganizationRecord,
        account: AccountId,
        membership: &MembershipRecord,
    ) -> Place {
        let mut line = self.accounts.line(&membership.parent);
        let mut path = format!("{}/", organization.id);
        for node in &line {
            path.push_str(&node.id());
            path.push('/');
        }
        if let Some(record) = self.accounts.get(account) {
            line.push(Node::Account(Arc::clone(record)));
        }
        let has_root = matches!(line.first(), Some(Node::Root(_)));
        let mut rails = |kind: &'static str| {
            let is_on = account != organization.management
                && organization.policy_types.iter().any(|enabled| enabled == kind);
            // A line that does not begin at the root has lost a level, which could have been a deny.
            is_on.then(|| {
                if has_root {
                    line.iter().map(|node| self.level(node, kind)).collect()
                } else {
                    vec![Arc::new(vec![(path.clone(), Arc::clone(unreadable()))])]
                }
            })
        };
        let (scps, rcps) = (rails(SCP), rails(RCP));
        Place { organization: organization.id.clone(), paths: vec![path], scps, rcps }
    }

    fn level(&mut self, node: &Node, kind: &'static str) -> Arc<Level> {
        let key = (node.id(), kind);
        if let Some(held) = self.held.get(&key) {
            return Arc::clone(held);
        }
        let mut level = Level::new();
        for id in node.attached() {
            match self.accounts.policy(id) {
                Some(policy) if policy.record.kind != kind => {}
                Some(policy) => {
                    let document = policy.document.as_ref().unwrap_or(unreadable());
                    level.push((policy.arn.clone(), Arc::clone(document)));
                }
                // Attached, but not there: it could have been a deny.
                None => level.push((id.clone(), Arc::clone(unreadable()))),
            }
        }
        let level = Arc::new(level);
        self.held.insert(key, Arc::clone(&level));
        level
    }
}
