//! What a change changes: statements that come and go, and whose requests read them.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::serving::Compiled;
use portcullis_policy::{Document, PolicyKind};
use portcullis_store::record::RevocationRecord;
use portcullis_store::{Change, Key, codec, key};

use super::paper::{Paper, id_in, is_of_organization, of_records};
use crate::snapshot::guardrail::{Level, Place};
use crate::snapshot::{Snapshot, Usage, family};

/// A document that is another afterwards, or is there only before or after.
pub struct Changed {
    /// Where it stands; with the text that it has afterwards, if it is there then.
    pub paper: Paper,
    /// The statements that come, each as a document of its own.
    pub come: Vec<Document>,
    /// Those that go.
    pub go: Vec<Document>,
}

/// Whose requests may be decided otherwise.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Whom {
    /// Anybody's.
    pub everyone: bool,
    /// Those of these users and roles.
    pub principals: BTreeSet<UniqueId>,
    /// Those of these accounts.
    pub accounts: BTreeSet<AccountId>,
}

/// What a change changes.
pub struct Difference {
    /// The documents.
    pub changed: Vec<Changed>,
    /// Whose requests read them.
    pub whom: Whom,
    /// The revocations that come.
    pub revocations: Vec<RevocationRecord>,
}

impl Difference {
    /// Between two snapshots of which the second is the first after this change.
    pub fn between(before: &Snapshot, after: &Snapshot, change: &Change) -> Self {
        let keys = || change.puts.iter().map(|(key, _)| key).chain(&change.deletes);
        let changed = changed(&of_records(before, keys()), of_records(after, keys()));
        let mut whom = Whom::default();
        keys().for_each(|key| whom.add(before, after, key));
        // Whoever asks about a resource reads its policy.
        whom.everyone |=
            changed.iter().any(|held| matches!(held.paper.kind, PolicyKind::Trust | PolicyKind::Resource));
        let revocations = change.puts.iter().filter(|(key, _)| is_revocation(key));
        let revocations = revocations.filter_map(|(_, value)| codec::from_bytes(value).ok()).collect();
        Self { changed, whom, revocations }
    }
}

fn is_revocation(key: &Key) -> bool {
    [key::CUT_SESSIONS, key::REVOCATIONS].contains(&family(key))
}

fn changed(before: &[Paper], after: Vec<Paper>) -> Vec<Changed> {
    let mut found = Vec::new();
    let only_in = |one: &[Document], other: &[Document]| -> Vec<Document> {
        let known: BTreeSet<String> = other.iter().map(ToString::to_string).collect();
        one.iter().filter(|held| !known.contains(&held.to_string())).cloned().collect()
    };
    let gone = before.iter().filter(|paper| !after.iter().any(|other| other.is_namesake(paper)));
    found.extend(gone.map(|paper| {
        let go = paper.document().apart();
        Changed { paper: paper.clone(), come: Vec::new(), go }
    }));
    for paper in after {
        let old = before.iter().find(|other| other.is_namesake(&paper));
        if old == Some(&paper) {
            continue;
        }
        let (now, then) =
            (paper.document().apart(), old.map(|old| old.document().apart()).unwrap_or_default());
        found.push(Changed { come: only_in(&now, &then), go: only_in(&then, &now), paper });
    }
    // One document can be met by several roads, such as that of a group.
    found.dedup_by(|one, other| one.paper == other.paper);
    found
}

impl Whom {
    /// Adds whose requests read the record of this key.
    fn add(&mut self, before: &Snapshot, after: &Snapshot, key: &Key) {
        let id = id_in(key);
        match family(key) {
            key::USERS | key::ROLES => self.principals.extend(id),
            key::GROUPS => {
                if let Some(id) = id {
                    self.add_members(before, after, id);
                }
            }
            key::POLICIES => {
                if let Some(id) = id {
                    self.add_users_of(before, after, id);
                }
            }
            key::BUCKETS => self.everyone = true,
            _ if is_of_organization(key) => self.add_accounts(before, after),
            _ => {}
        }
    }

    fn add_members(&mut self, before: &Snapshot, after: &Snapshot, group: UniqueId) {
        let members = before.members_of(group).chain(after.members_of(group));
        self.principals.extend(members.map(|user| user.record.id));
    }

    fn add_users_of(&mut self, before: &Snapshot, after: &Snapshot, policy: UniqueId) {
        for snapshot in [before, after] {
            let Some(held) = snapshot.policies.get(policy) else { continue };
            let usages: Vec<(Usage, UniqueId)> = snapshot.usages_of(held.record.account, policy).collect();
            for (_, holder) in usages {
                if snapshot.groups.get(holder).is_some() {
                    self.add_members(before, after, holder);
                } else {
                    self.principals.insert(holder);
                }
            }
        }
    }

    /// The accounts that inherit something else; what a resource control policy says concerns everyone.
    fn add_accounts(&mut self, before: &Snapshot, after: &Snapshot) {
        let all = before.accounts.all().chain(after.accounts.all()).map(|record| record.id);
        for account in all.chain([before.account]) {
            let [old, new] = [before, after].map(|snapshot| snapshot.accounts.place(account));
            let is_same = |of: OfPlace| {
                let rails = |place: Option<&Arc<Place>>| place.and_then(|place| of(place)).map(held);
                rails(old) == rails(new)
            };
            if !is_same(scps) || before.has_account(account) != after.has_account(account) {
                self.accounts.insert(account);
            }
            self.everyone |= !is_same(rcps);
        }
    }

    /// Whether requests of this principal, of this account, may be decided otherwise.
    pub fn concerns(&self, principal: Option<UniqueId>, account: AccountId) -> bool {
        self.everyone
            || self.accounts.contains(&account)
            || principal.is_some_and(|id| self.principals.contains(&id))
    }
}

/// One kind of guardrails at a place.
type OfPlace = fn(&Place) -> Option<&[Arc<Level>]>;

/// What the levels of guardrails hold: a text has one compiled form.
fn held(levels: &[Arc<Level>]) -> Vec<(usize, String, *const Compiled)> {
    let all = levels.iter().enumerate();
    let all = all.flat_map(|(at, level)| {
        level.iter().map(move |(name, document)| (at, name.clone(), Arc::as_ptr(document)))
    });
    all.collect()
}

fn scps(place: &Place) -> Option<&[Arc<Level>]> {
    place.scps.as_deref()
}

fn rcps(place: &Place) -> Option<&[Arc<Level>]> {
    place.rcps.as_deref()
}
