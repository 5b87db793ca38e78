//! Every live temporary credential, in memory, to be listed and found: by whom, of whom, since when, and what for.
//!
//! It is fed with what is committed and with nothing else: the records of sessions are read when a node starts, and
//! [`crate::follow`] hands over every change of them before it publishes the snapshot of the same revision. So who sees
//! a revision in the snapshot finds here every session that was committed until then. Nothing that decides whether a
//! token is good reads it: that a session has ended is a comparison made at use, and that it is gone from here only
//! means that its record was cleared away.
//!
//! What a session was used for is seen by the node that answers and is not stored: after a start it is taken from the
//! event history (`recall`).
//!
//! All of it lies behind one lock that is held for a moment: a listing takes hold of a few hundred sessions at a time
//! and looks at them when it has let go, so that neither issuing nor a change of policies waits for it.

mod handle;
mod index;
mod live;
mod pool;
mod query;
mod recall;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use futures_util::stream::TryStreamExt;
use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId};
use portcullis_policy::Principal;
use portcullis_store::record::{SessionKind, SessionRecord};
use portcullis_store::{Change, Engine, Key, Page, Revision, StoreError, codec, key};
use sha2::{Digest, Sha256};

use crate::action::Row;
use crate::audit::Trail;
use crate::follow::{LoadError, pages};

pub use handle::{Handle, person, person_arn, principals};
pub use index::Place;
pub use live::{Live, Outcome, Used};
pub use query::{Filter, Listed, UsedFilter, Which};

use index::{Index, Trait};
use pool::Pool;

/// Records read at a time at the start.
const PAGE: usize = 2000;
/// Pages that are read into sessions at a time.
const AHEAD: usize = 2;
/// How many sessions are taken hold of at a time.
const STRIDE: usize = 512;

/// The first eight bytes of a token's SHA-256: whoever finds a token can find its session by it, and nobody can make the
/// one from the other.
pub fn token_mark(token: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// Every live temporary credential.
#[derive(Default)]
pub struct Sessions {
    index: RwLock<Index>,
    pool: Mutex<Pool>,
}

impl Sessions {
    /// Reads all that the store has.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn take_up(engine: &dyn Engine) -> Result<Self, LoadError> {
        let sessions = Self::default();
        sessions.take_up_again(engine).await?;
        Ok(sessions)
    }

    /// The same when part of the history was lost. What was seen of their use stays.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn take_up_again(&self, engine: &dyn Engine) -> Result<(), LoadError> {
        let mut all = Vec::new();
        let mut pages = pin!(pages(engine, key::SESSIONS, PAGE).map_ok(records).try_buffered(AHEAD));
        while let Some(page) = pages.try_next().await? {
            let mut pool = self.pool();
            all.extend(page.into_iter().map(|(record, revision)| {
                let held = self.held(record.access_key_id.as_str());
                held.unwrap_or_else(|| Arc::new(Live::new(record, revision, &mut pool)))
            }));
        }
        let index = Index::of(all);
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(())
    }

    /// Takes over what a change did to sessions.
    pub fn apply(&self, change: &Change) {
        let is_session = |key: &Key| key.0.starts_with(key::SESSIONS.as_bytes());
        let made: Vec<SessionRecord> = change
            .puts
            .iter()
            .filter(|(key, _)| is_session(key))
            .filter_map(|(key, value)| read(key, value))
            .collect();
        let gone: Vec<&Key> = change.deletes.iter().filter(|key| is_session(key)).collect();
        if made.is_empty() && gone.is_empty() {
            return;
        }
        let made: Vec<Arc<Live>> = {
            let mut pool = self.pool();
            made.into_iter().map(|record| Arc::new(Live::new(record, change.revision, &mut pool))).collect()
        };
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        for live in made {
            // After a start a change can be told again; what was seen of the use since then is not lost over it.
            if index.get(live.access_key_id.as_str()).is_none() {
                index.insert(live);
            }
        }
        for key in gone {
            let id = key.0.strip_prefix(key::SESSIONS.as_bytes()).and_then(|id| std::str::from_utf8(id).ok());
            index.remove(id.unwrap_or_default());
        }
    }

    /// How many there are, those included that have ended and are not cleared away yet.
    pub fn count(&self) -> usize {
        self.index().len()
    }

    /// The live session with this access key.
    pub fn get(&self, id: &AccessKeyId, now: Timestamp) -> Option<Arc<Live>> {
        self.held(id.as_str()).filter(|live| live.is_live(now))
    }

    /// The live sessions that were issued with this access key.
    pub fn children(&self, id: &AccessKeyId, now: Timestamp) -> Vec<Arc<Live>> {
        self.all_with(&Trait::Ancestor(id.as_str()), now, |live| live.parent() == id.as_str())
    }

    /// The live sessions whose chain leads through this access key, whether those between them still live or not. (No
    /// chain is longer than [`crate::limits::ANCESTORS_MAX`].)
    pub fn descendants(&self, id: &AccessKeyId, now: Timestamp) -> Vec<Arc<Live>> {
        self.all_with(&Trait::Ancestor(id.as_str()), now, |_| true)
    }

    /// The live sessions that have the permissions of this role or user.
    pub fn of_principal(&self, id: UniqueId, now: Timestamp) -> Vec<Arc<Live>> {
        self.all_with(&Trait::Principal(id), now, |_| true)
    }

    /// The live sessions of an account's root user.
    pub fn of_root(&self, account: AccountId, now: Timestamp) -> Vec<Arc<Live>> {
        self.all_with(&Trait::Root(account), now, |_| true)
    }

    /// The live sessions of this role under this session name.
    pub fn of_name(&self, role: UniqueId, name: &str, now: Timestamp) -> Vec<Arc<Live>> {
        self.all_with(&Trait::Name(name), now, |live| live.principal == Some(role))
    }

    /// The live sessions of this federated user of an account.
    pub fn of_federated(&self, account: AccountId, name: &str, now: Timestamp) -> Vec<Arc<Live>> {
        let is_federated = |live: &Live| live.account == account && live.kind == SessionKind::FederationToken;
        self.all_with(&Trait::Name(name), now, is_federated)
    }

    /// The live sessions acting under this ARN.
    pub fn of_arn(&self, arn: &str, now: Timestamp) -> Vec<Arc<Live>> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        self.all_with(&Trait::Name(name), now, |live| live.arn() == arn)
    }

    /// Sees the live sessions that were issued before this instant, or all, the newest first, as long as `see` goes on.
    pub fn each_before(
        &self,
        before: Option<Timestamp>,
        now: Timestamp,
        mut see: impl FnMut(&Arc<Live>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut before = before.map(Place::before);
        loop {
            let some = self.index().next(before, STRIDE);
            let Some(last) = some.last() else { return ControlFlow::Continue(()) };
            before = Some(Place::of(last));
            some.iter().filter(|live| live.is_live(now)).try_for_each(&mut see)?;
        }
    }

    /// The live sessions with this source identity.
    pub fn of_source_identity(&self, identity: &str, now: Timestamp) -> Vec<Arc<Live>> {
        self.all_with(&Trait::SourceIdentity(identity), now, |_| true)
    }

    /// The live sessions of a user of the identity store, but for those that were made from them in turn.
    pub fn of_person(&self, user: &str, now: Timestamp) -> Vec<Arc<Live>> {
        self.all_with(&Trait::Person(user), now, |live| live.kind == SessionKind::Portal)
    }

    /// Every live session, of this account or of all, the newest first.
    pub fn all_live(&self, account: Option<AccountId>, now: Timestamp) -> Vec<Arc<Live>> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let some = match account {
                Some(account) => self.index().next_with(&[Trait::Account(account)], before, STRIDE),
                None => self.index().next(before, STRIDE),
            };
            let Some(last) = some.last() else { return all };
            before = Some(Place::of(last));
            let is_of = |live: &Arc<Live>| account.is_none_or(|account| live.account == account);
            all.extend(some.into_iter().filter(|live| live.is_live(now) && is_of(live)));
        }
    }

    /// Sees the request of this trail, if a session signed it.
    pub fn see_request(&self, trail: &Trail, at: Timestamp) {
        let Some(caller) = &trail.caller else { return };
        let Some(id) = caller.access_key_id.as_ref().filter(|_| caller.session.is_some()) else { return };
        debug_assert!(caller.principal != Principal::Anonymous, "a session is somebody");
        let Some(live) = self.held(id.as_str()) else { return };
        let is_item_by_item = trail.row.is_some_and(Row::is_item_by_item);
        let outcome = if trail.judged.iter().any(|judged| !judged.decision.is_allowed()) {
            Outcome::Denied
        } else if is_item_by_item || !trail.judged.is_empty() {
            Outcome::Allowed
        } else {
            Outcome::Undecided
        };
        live.see(trail.service, trail.facts.source_ip, outcome, at);
    }

    fn all_with(&self, it: &Trait<'_>, now: Timestamp, keeps: impl Fn(&Live) -> bool) -> Vec<Arc<Live>> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let some = self.index().next_with(&[*it], before, STRIDE);
            let Some(last) = some.last() else { return all };
            before = Some(Place::of(last));
            all.extend(some.into_iter().filter(|live| live.is_live(now) && it.is_of(live) && keeps(live)));
        }
    }

    fn held(&self, access_key_id: &str) -> Option<Arc<Live>> {
        self.index().get(access_key_id).map(Arc::clone)
    }

    fn index(&self) -> std::sync::RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sessions of a page, read on another thread while further pages are fetched.
async fn records(page: Page) -> Result<Vec<(SessionRecord, Revision)>, LoadError> {
    let reading = move || {
        let items = page.items.iter();
        items.filter_map(|(key, held)| Some((read(key, &held.value)?, held.revision))).collect()
    };
    let read = tokio::task::spawn_blocking(reading).await;
    read.map_err(|error| StoreError::Unavailable { doing: "reading", detail: error.to_string() }.into())
}

/// A record that cannot be read is one session that is not listed; no decision needs it.
fn read(key: &Key, value: &[u8]) -> Option<SessionRecord> {
    match codec::from_bytes::<SessionRecord>(value) {
        Ok(record) => Some(record),
        Err(error) => {
            tracing::error!(?key, %error, "the record of a session cannot be read; it is not listed");
            None
        }
    }
}
