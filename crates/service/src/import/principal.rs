//! Whom documents name: the users and roles of the files and those that are here. Whoever is neither is nobody.

use std::collections::{HashMap, HashSet};

use portcullis_base::name::FoldedName;
use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::Document;
use portcullis_store::record::{DocumentRecord, ResolvedPrincipal};
use thin_vec::ThinVec;

use super::found::Found;
use super::report::Kind;
use crate::snapshot::Snapshot;

/// Everything that can be named: what the files bring, and what is here.
pub struct Names<'a> {
    snapshot: &'a Snapshot,
    principals: HashMap<String, UniqueId>,
    ids: HashSet<UniqueId>,
    policies: HashMap<String, UniqueId>,
    groups: HashMap<(AccountId, FoldedName), UniqueId>,
}

impl<'a> Names<'a> {
    /// Those of what was found, besides what is here.
    pub fn of(found: &Found, snapshot: &'a Snapshot) -> Self {
        let mut names = Self {
            snapshot,
            principals: HashMap::new(),
            ids: HashSet::new(),
            policies: found.managed.iter().map(|held| (held.it.arn(), held.it.id)).collect(),
            groups: HashMap::new(),
        };
        for holder in found.holders.iter().map(|held| &held.it) {
            if holder.kind == Kind::Group {
                names.groups.insert((holder.account, FoldedName::new(&holder.name)), holder.id);
            } else {
                names.principals.insert(holder.arn(), holder.id);
                names.ids.insert(holder.id);
            }
        }
        names
    }

    /// The managed policy of this ARN.
    pub fn policy(&self, arn: &str) -> Option<UniqueId> {
        let held = || self.snapshot.policy_by_arn(arn).map(|policy| policy.record.id);
        self.policies.get(arn).copied().or_else(held)
    }

    /// The group of this name.
    pub fn group(&self, account: AccountId, name: &str) -> Option<UniqueId> {
        let held = || self.snapshot.groups.named(account, name).map(|group| group.record.id);
        self.groups.get(&(account, FoldedName::new(name))).copied().or_else(held)
    }

    /// A document ready to be stored, and the names in it that stand for nobody.
    pub fn resolved(&self, text: &str, document: &Document) -> (DocumentRecord, Vec<String>) {
        let mut nobody: Vec<String> = document
            .principal_ids()
            .filter(|id| !self.ids.contains(id) && self.snapshot.principal_arn(*id).is_none())
            .map(|id| id.to_string())
            .collect();
        let mut principals = ThinVec::new();
        for arn in document.named_principals() {
            let id = self.principals.get(arn).copied().or_else(|| self.snapshot.principal_id(arn));
            match id {
                Some(id) => principals.push(ResolvedPrincipal { arn: arn.to_owned(), id }),
                None => nobody.push(arn.to_owned()),
            }
        }
        (DocumentRecord { text: text.to_owned(), principals }, nobody)
    }
}
