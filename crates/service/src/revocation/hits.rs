//! Which live sessions a revocation hits. Nothing is decided here: it is told before, and shown afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis_base::{AccessKeyId, Timestamp};
use portcullis_store::record::{AccessKeyOwner, RevocationRecord, RevocationTarget};

use crate::sessions::{Live, Sessions};
use crate::snapshot::Snapshot;

/// The sessions that a revocation hits.
pub struct Hits {
    /// Those that it is about.
    pub sessions: Vec<Arc<Live>>,
    /// Those that were made by them in turn.
    pub descendants: Vec<Arc<Live>>,
}

impl Hits {
    /// Nobody.
    pub fn none() -> Self {
        Self { sessions: Vec::new(), descendants: Vec::new() }
    }

    /// Of a revocation that hits what was committed before this revision.
    pub fn of(
        sessions: &Sessions,
        snapshot: &Snapshot,
        record: &RevocationRecord,
        cutoff: u64,
        now: Timestamp,
    ) -> Self {
        let is_in_scope = |live: &Arc<Live>| record.scope.is_none_or(|scope| scope == live.account);
        let is_old_enough = |live: &Arc<Live>| {
            live.revision.0 < cutoff && record.issued_before.is_none_or(|before| live.issued < before)
        };
        let about = about(sessions, &record.target, now);
        let about: Vec<_> = about.into_iter().filter(&is_old_enough).filter(&is_in_scope).collect();
        let known: BTreeSet<&str> = about.iter().map(|live| live.access_key_id.as_str()).collect();
        let mut made: Vec<Arc<Live>> = Vec::new();
        if record.cascades {
            // A key is cut off itself, with all that it ever made; of a user and of root, what is older than the cutoff.
            let is_key = matches!(record.target, RevocationTarget::AccessKey(_));
            let of_keys =
                keys(snapshot, &record.target).into_iter().flat_map(|key| sessions.descendants(&key, now));
            let of_keys = of_keys.filter(|live| is_key || is_old_enough(live));
            made.extend(of_keys);
            made.extend(about.iter().flat_map(|live| sessions.descendants(&live.access_key_id, now)));
            made.retain(|live| !known.contains(live.access_key_id.as_str()) && is_in_scope(live));
            made.sort_by(|one, other| one.access_key_id.cmp(&other.access_key_id));
            made.dedup_by(|one, other| one.access_key_id == other.access_key_id);
        }
        Self { sessions: about, descendants: made }
    }

    /// All of them, each with whether it was made by another in turn.
    pub fn all(&self) -> impl Iterator<Item = (&Arc<Live>, bool)> {
        let about = self.sessions.iter().map(|live| (live, false));
        about.chain(self.descendants.iter().map(|live| (live, true)))
    }

    /// When the last of them ends; `None` if there is none.
    pub fn until(&self) -> Option<Timestamp> {
        self.all().map(|(live, _)| live.expires).max()
    }
}

fn about(sessions: &Sessions, target: &RevocationTarget, now: Timestamp) -> Vec<Arc<Live>> {
    match target {
        RevocationTarget::Session(id) => sessions.get(id, now).into_iter().collect(),
        RevocationTarget::AccessKey(_) => Vec::new(),
        RevocationTarget::Role(id) | RevocationTarget::User(id) => sessions.of_principal(*id, now),
        RevocationTarget::RoleSession(role, name) => sessions.of_name(*role, name, now),
        RevocationTarget::Root(account) => sessions.of_root(*account, now),
        RevocationTarget::FederatedUser(account, name) => sessions.of_federated(*account, name, now),
        RevocationTarget::SourceIdentity(identity) => sessions.of_source_identity(identity, now),
        RevocationTarget::Person(user) => sessions.of_person(user, now),
    }
}

/// The long-term keys whose sessions are hit as well.
pub fn keys(snapshot: &Snapshot, target: &RevocationTarget) -> Vec<AccessKeyId> {
    let of = |account, owner| {
        let keys = snapshot.access_keys_of(account, owner).into_iter();
        keys.map(|key| key.id.clone()).collect::<Vec<_>>()
    };
    match target {
        RevocationTarget::AccessKey(id) => vec![id.clone()],
        RevocationTarget::User(id) => {
            snapshot.users.get(*id).map(|user| of(user.record.account, Some(*id))).unwrap_or_default()
        }
        RevocationTarget::Root(account) => of(*account, None),
        _ => Vec::new(),
    }
}

/// Who has a long-term key, as an ARN and a name, if it is there and active.
pub fn holder(snapshot: &Snapshot, key: &str) -> Option<(String, Option<String>)> {
    let key = snapshot.access_key(&key.parse().ok()?).filter(|key| key.is_active)?;
    match key.owner {
        AccessKeyOwner::Root => Some((format!("arn:aws:iam::{}:root", key.account), None)),
        AccessKeyOwner::User(id) => {
            let user = snapshot.users.get(id)?;
            Some((user.arn.to_string(), Some(user.record.name.to_string())))
        }
    }
}
