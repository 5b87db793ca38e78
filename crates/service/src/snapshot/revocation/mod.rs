//! Revocations as requests look them up: by what a session is, never by going through a list.
//!
//! Most revocations are of a single session; those lie on a [`Shelf`]. All others are found by what they are about.

mod document;
mod shelf;

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use equivalent::Equivalent;
use imbl::{HashMap, OrdMap};
use portcullis_base::{AccessKeyId, AccountId, UniqueId};
use portcullis_policy::serving::Compiled;
use portcullis_store::record::{RevocationRecord, RevocationTarget};
use portcullis_store::{Key, Revision, key};
use thin_vec::ThinVec;

use super::apply::{Unreadable, is_place, last_part, read};
pub use document::{LINK_ANCESTOR, LINK_SELF, keys, text};
pub use shelf::{Cut, Shelf};

/// A revocation that is not of a single session.
pub struct Revocation {
    /// As stored.
    pub record: RevocationRecord,
    /// Sessions issued before this revision are hit.
    pub cutoff: u64,
    document: OnceLock<Arc<Compiled>>,
}

/// What a revocation is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handle<'a> {
    /// A long-term access key, or a session that is kept from being issued anew.
    Key(&'a str),
    /// A user or role.
    Principal(UniqueId),
    /// A role session's name.
    RoleSession(UniqueId, &'a str),
    /// An account's root user.
    Root(AccountId),
    /// A federated user.
    FederatedUser(AccountId, &'a str),
    /// A source identity.
    SourceIdentity(&'a str),
    /// A user of the identity store.
    Person(&'a str),
}

/// A handle that owns its text: of the target of a revocation.
#[derive(Clone, PartialEq, Eq)]
struct Held(RevocationTarget);

impl Hash for Held {
    fn hash<H: Hasher>(&self, state: &mut H) {
        handle(&self.0).hash(state);
    }
}

impl Equivalent<Held> for Handle<'_> {
    fn equivalent(&self, held: &Held) -> bool {
        *self == handle(&held.0)
    }
}

/// What a target is found by.
pub fn handle(target: &RevocationTarget) -> Handle<'_> {
    match target {
        RevocationTarget::Session(id) | RevocationTarget::AccessKey(id) => Handle::Key(id.as_str()),
        RevocationTarget::Role(id) | RevocationTarget::User(id) => Handle::Principal(*id),
        RevocationTarget::RoleSession(role, name) => Handle::RoleSession(*role, name),
        RevocationTarget::Root(account) => Handle::Root(*account),
        RevocationTarget::FederatedUser(account, name) => Handle::FederatedUser(*account, name),
        RevocationTarget::SourceIdentity(identity) => Handle::SourceIdentity(identity),
        RevocationTarget::Person(user) => Handle::Person(user),
    }
}

type Index = HashMap<Held, ThinVec<Arc<Revocation>>>;

/// All revocations in force.
#[derive(Clone, Default)]
pub struct Revocations {
    sessions: Shelf,
    by_handle: Index,
    // Those that keep somebody from getting a new session, by whom.
    blocking: Index,
    // Those that are not on the shelf, to be shown and taken away.
    wide: OrdMap<u64, Arc<Revocation>>,
}

impl Revocation {
    /// Its statement.
    pub fn document(&self) -> &Arc<Compiled> {
        self.document.get_or_init(|| document::compiled(&self.record, self.cutoff))
    }

    /// The text of its statement.
    pub fn text(&self) -> String {
        text(&self.record, self.cutoff)
    }

    /// `rv-…`
    pub fn id(&self) -> String {
        id(&self.record.target, self.record.number)
    }
}

/// `rv-…`, from which the place of the record follows.
pub fn id(target: &RevocationTarget, number: u64) -> String {
    match target {
        RevocationTarget::Session(session) => format!("rv-{session}-{number:016x}"),
        _ => format!("rv-{number:016x}"),
    }
}

/// The number in an id, by which its receipt is found; `None` for what is no such id.
pub fn number_of(id: &str) -> Option<u64> {
    key_of(id)?;
    u64::from_str_radix(id.rsplit('-').next()?, 16).ok()
}

/// Where the record of an id stands; `None` for what is no such id.
pub fn key_of(id: &str) -> Option<Key> {
    let rest = id.strip_prefix("rv-")?;
    let (session, number) = match rest.split_once('-') {
        Some((session, number)) => (Some(session), number),
        None => (None, rest),
    };
    let is_number =
        number.len() == 16 && number.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let number = u64::from_str_radix(number, 16).ok().filter(|_| is_number)?;
    match session {
        Some(session) => Some(Key::revocation(&RevocationTarget::Session(session.parse().ok()?), number)),
        None => Some(Key::text(&format!("{}{number:016x}", key::REVOCATIONS))),
    }
}

fn add(index: &mut Index, target: &RevocationTarget, revocation: &Arc<Revocation>) {
    let mut list = index.get(&handle(target)).cloned().unwrap_or_default();
    list.retain(|held| held.record.number != revocation.record.number);
    list.push(Arc::clone(revocation));
    index.insert(Held(target.clone()), list);
}

fn take(index: &mut Index, target: &RevocationTarget, number: u64) {
    let Some(held) = index.get(&handle(target)) else { return };
    let mut list = held.clone();
    list.retain(|held| held.record.number != number);
    if list.is_empty() {
        index.remove(&handle(target));
    } else {
        index.insert(Held(target.clone()), list);
    }
}

impl Revocations {
    /// Whether nothing at all is revoked.
    pub fn is_empty(&self) -> bool {
        self.sessions.len() == 0 && self.wide.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sessions.len() + self.wide.len()
    }

    /// Those of a session alone.
    pub fn of_session(&self, session: &AccessKeyId) -> impl Iterator<Item = Cut> {
        self.sessions.cuts(session)
    }

    /// All others that are found by this.
    pub fn of(&self, handle: Handle<'_>) -> &[Arc<Revocation>] {
        if self.by_handle.is_empty() {
            return &[];
        }
        self.by_handle.get(&handle).map_or(&[], |list| list.as_slice())
    }

    /// Those that keep what is found by this from getting a new session.
    pub fn blocking(&self, handle: Handle<'_>) -> &[Arc<Revocation>] {
        if self.blocking.is_empty() {
            return &[];
        }
        self.blocking.get(&handle).map_or(&[], |list| list.as_slice())
    }

    /// The statement that cuts a single session off.
    pub fn cut_document(session: &AccessKeyId, cut: Cut) -> Arc<Compiled> {
        document::cut(session, cut)
    }

    /// Puts a record in. `at` is the revision at which it was written.
    ///
    /// # Errors
    /// [`Unreadable`] when it cannot be read, or names a session that is none.
    pub(super) fn put(&mut self, key: &Key, value: &[u8], at: Revision) -> Result<(), Unreadable> {
        let record: RevocationRecord = read(key, value)?;
        is_place(key, &Key::revocation(&record.target, record.number))?;
        let number = record.number;
        let cutoff = record.cutoff(at);
        if let RevocationTarget::Session(session) = &record.target {
            if !self.sessions.insert(session, Cut { number, cascades: record.cascades }) {
                return Err(Unreadable::unknown(key));
            }
            if record.blocked.is_none() {
                return Ok(());
            }
        }
        self.forget(number);
        let revocation = Arc::new(Revocation { cutoff, document: OnceLock::new(), record });
        if !matches!(revocation.record.target, RevocationTarget::Session(_)) {
            add(&mut self.by_handle, &revocation.record.target, &revocation);
        }
        if let Some(blocked) = &revocation.record.blocked {
            add(&mut self.blocking, blocked, &revocation);
        }
        self.wide.insert(number, revocation);
        Ok(())
    }

    /// Takes a record out.
    ///
    /// # Errors
    /// [`Unreadable`] when the key is none of a revocation's.
    pub(super) fn delete(&mut self, family: &str, key: &Key) -> Result<(), Unreadable> {
        let number = u64::from_str_radix(last_part(key), 16).map_err(|_| Unreadable::unknown(key))?;
        if family == key::CUT_SESSIONS {
            let text = std::str::from_utf8(&key.0).unwrap_or_default();
            let session = text.strip_prefix(key::CUT_SESSIONS).and_then(|rest| rest.split('/').next());
            let session: Option<AccessKeyId> = session.and_then(|session| session.parse().ok());
            let session = session.ok_or_else(|| Unreadable::unknown(key))?;
            is_place(key, &Key::revocation(&RevocationTarget::Session(session.clone()), number))?;
            self.sessions.remove(&session, number);
        } else {
            is_place(key, &Key::text(&format!("{}{number:016x}", key::REVOCATIONS)))?;
        }
        self.forget(number);
        Ok(())
    }

    fn forget(&mut self, number: u64) {
        let Some(old) = self.wide.remove(&number) else { return };
        take(&mut self.by_handle, &old.record.target, number);
        if let Some(blocked) = &old.record.blocked {
            take(&mut self.blocking, blocked, number);
        }
    }
}

#[cfg(test)]
mod tests;
