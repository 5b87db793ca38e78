//! Following the store: every change is applied to the snapshot, in order, as it is committed.
//!
//! A node that cannot read a change stops answering: what it could not read may have been a deny.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::stream::{Stream, TryStreamExt, try_unfold};
use portcullis_store::{
    Engine, Key, MasterKey, Page, Range, Revision, StoreError, WatchError, codec, key, record,
};
use tokio::sync::watch;

use crate::service::Service;
use crate::snapshot::{Ready, Snapshot, Unreadable};
use crate::token::Ring;

/// Records read at a time when a snapshot is loaded.
const PAGE: usize = 250;
/// Pages that are made ready at a time.
const AHEAD: usize = 2;

/// Why a snapshot could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The store failed.
    #[error("the store could not be read")]
    Store(#[from] StoreError),
    /// A record cannot be read.
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
}

/// A record that was read.
enum Item {
    /// What it came to.
    Ready(Ready),
    /// As it was read, where there is little to do.
    Raw(Key, Vec<u8>),
}

type Items = Vec<(Revision, Item)>;

/// All records below a prefix, page by page.
pub(crate) fn pages<'a>(
    engine: &'a dyn Engine,
    prefix: &str,
    records: usize,
) -> impl Stream<Item = Result<Page, LoadError>> + use<'a> {
    let all = Range::prefix(prefix.as_bytes()).limit(records);
    try_unfold(Some(all), async |range| {
        let Some(range) = range else { return Ok(None) };
        let page = engine.range(range.clone()).await?;
        let rest = page.items.last().filter(|_| page.more).map(|(last, _)| range.beyond(last));
        Ok(Some((page, rest)))
    })
}

/// What the records of a page come to, made on another thread while further pages are read.
async fn prepared(page: Page) -> Result<Result<Items, Unreadable>, LoadError> {
    let prepare = move || {
        let items = page.items.into_iter().map(|(key, held)| {
            let item = if Ready::is_for(&key) {
                Item::Ready(Ready::of(&key, &held.value)?)
            } else {
                Item::Raw(key, held.value)
            };
            Ok((held.revision, item))
        });
        items.collect()
    };
    let prepared = tokio::task::spawn_blocking(prepare).await;
    prepared.map_err(|error| StoreError::Unavailable { doing: "reading", detail: error.to_string() }.into())
}

/// Loads the whole of what decisions read, at one revision.
///
/// # Errors
/// [`LoadError`] when a record cannot be read. Nothing may be answered then.
pub async fn load(
    engine: &dyn Engine,
    account: portcullis_base::AccountId,
    master: &MasterKey,
) -> Result<Snapshot, LoadError> {
    'again: loop {
        let mut snapshot = Snapshot::empty(account);
        let began = engine.revision();
        let mut pages = pin!(pages(engine, key::IDENTITY, PAGE).map_ok(prepared).try_buffered(AHEAD));
        while let Some(page) = pages.try_next().await? {
            for (revision, item) in page? {
                if revision > began {
                    // Written while we read: begin again rather than mix two states.
                    continue 'again;
                }
                match item {
                    Item::Ready(ready) => snapshot.take(ready),
                    Item::Raw(key, value) => snapshot.put(&key, &value, revision, master)?,
                }
            }
        }
        let epoch = engine.read(&Key::epoch()).await?.map_or(Revision::ZERO, |held| held.revision);
        if epoch > began {
            continue;
        }
        snapshot.settle();
        snapshot.epoch = epoch;
        snapshot.revision = began;
        return Ok(snapshot);
    }
}

/// Fences the node when it follows no longer, whatever the reason: what it does not see could be a deny.
struct Fence<'a>(&'a Service);

impl Drop for Fence<'_> {
    fn drop(&mut self) {
        self.0.is_sound.store(false, Ordering::Release);
        // Wakes those who wait for a revision that will not come.
        self.0.applied.send_modify(|_| {});
    }
}

impl Service {
    /// Applies changes until told to stop, or until one cannot be applied. From then on no request is answered.
    pub async fn follow(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let _fence = Fence(&self);
        let mut changes = self.engine.watch(self.snapshot().revision);
        loop {
            let change = tokio::select! {
                change = changes.next() => change,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            let next = match change {
                Ok(change) => {
                    #[cfg(feature = "planted-bugs")]
                    let change = self.planted.followed(change);
                    if let Some((_, value)) = change.puts.iter().find(|(key, _)| *key == Key::key_ring()) {
                        self.turn_ring(value);
                    }
                    // Before the snapshot: whoever sees a revision there finds every session that was made until then.
                    self.sessions.apply(&change);
                    self.snapshot().apply(&change, &self.master).map_err(LoadError::from)
                }
                Err(WatchError::Closed) => {
                    tracing::error!("the store is gone; no request is answered from now on");
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "the history of changes was left behind; loading everything again");
                    self.reload(&mut changes).await
                }
            };
            match next {
                Ok(next) => self.publish(next),
                Err(error) => {
                    tracing::error!(%error, "a change cannot be applied; no request is answered from now on");
                    return;
                }
            }
        }
    }

    async fn reload(&self, changes: &mut portcullis_store::Watch) -> Result<Snapshot, LoadError> {
        let next = load(self.engine.as_ref(), self.settings.account, &self.master).await?;
        // The key ring may have been turned in the part of the history that was left behind. This reading is later than
        // the load, so that it has every turn up to the revision of the load; the watch begins at that revision and not
        // when it is made, so that every turn beyond it comes with the changes, whether the reading has it or not.
        if let Some(held) = self.engine.read(&Key::key_ring()).await? {
            self.turn_ring(&held.value);
        }
        self.sessions.take_up_again(self.engine.as_ref()).await?;
        *changes = self.engine.watch(next.revision);
        Ok(next)
    }

    fn publish(&self, next: Snapshot) {
        let revision = next.revision;
        self.snapshot.store(Arc::new(next));
        self.applied.send_replace(revision);
    }

    fn turn_ring(&self, value: &[u8]) {
        let ring = codec::from_bytes::<record::KeyRingRecord>(value)
            .ok()
            .and_then(|record| Ring::open(&self.deployment, record, &self.master).ok());
        if let Some(ring) = ring {
            self.ring.store(Arc::new(ring));
        } else {
            tracing::error!("the new key ring cannot be opened; tokens are sealed with the old one");
        }
    }
}
