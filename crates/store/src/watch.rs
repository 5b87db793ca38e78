//! Following the store: every change after a revision, in order, each exactly once.
//!
//! A follower loads everything at some revision and then watches from it. It misses nothing and sees nothing
//! twice, or it is told that it fell too far behind and starts over:
//!
//! ```
//! # async fn follow(engine: &dyn portcullis_store::Engine) {
//! let mut watch = engine.watch(engine.revision());
//! while let Ok(change) = watch.next().await {
//!     println!("revision {} wrote {} records", change.revision, change.puts.len());
//! }
//! # }
//! ```

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{error::WatchError, key::Key, limits, revision::Revision};

/// What one transaction changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The revision that it made.
    pub revision: Revision,
    /// Records written.
    pub puts: Vec<(Key, Vec<u8>)>,
    /// Records removed. A delete of a key that held nothing is not among them.
    pub deletes: Vec<Key>,
}

impl Change {
    /// Whether it changed nothing at all. Such a change makes no revision and is never seen by a watch.
    pub(crate) fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }

    fn size(&self) -> usize {
        let puts: usize = self.puts.iter().map(|(key, value)| key.0.len() + value.len()).sum();
        let deletes: usize = self.deletes.iter().map(|key| key.0.len()).sum();
        puts + deletes
    }
}

/// A place in the stream of changes, which moves on with each [`Watch::next`].
#[derive(Debug)]
pub struct Watch {
    ring: Arc<Mutex<Ring>>,
    latest: tokio::sync::watch::Receiver<Revision>,
    after: Revision,
}

impl Watch {
    /// The next change, as soon as there is one. It is durable. Giving up the wait loses nothing.
    ///
    /// # Errors
    /// [`WatchError::Lagged`] if changes between the last one seen and the next one remembered are gone;
    /// [`WatchError::Closed`] once the engine is gone and all its changes were seen.
    pub async fn next(&mut self) -> Result<Arc<Change>, WatchError> {
        loop {
            // Marked as seen before looking, so that a change which comes between the two wakes the wait below.
            self.latest.borrow_and_update();
            if let Some(change) = lock(&self.ring).first_after(self.after)? {
                self.after = change.revision;
                return Ok(change);
            }
            self.latest.changed().await.map_err(|_| WatchError::Closed)?;
        }
    }

    /// The revision of the last change that was handed out, or the one from which the watch began.
    pub fn position(&self) -> Revision {
        self.after
    }
}

/// An engine's end of the stream: it publishes changes once they are durable, and holds the last ones.
#[derive(Debug)]
pub(crate) struct Feed {
    ring: Arc<Mutex<Ring>>,
    latest: tokio::sync::watch::Sender<Revision>,
}

impl Feed {
    /// A feed that remembers nothing up to this revision.
    pub(crate) fn starting_at(revision: Revision) -> Self {
        let ring = Ring { changes: VecDeque::new(), forgotten: revision, bytes: 0 };
        Self { ring: Arc::new(Mutex::new(ring)), latest: tokio::sync::watch::Sender::new(revision) }
    }

    /// The revision of the last change published.
    pub(crate) fn revision(&self) -> Revision {
        *self.latest.borrow()
    }

    /// Hands these changes, which follow on those before, to every watch.
    pub(crate) fn publish(&self, changes: Vec<Change>) {
        let mut ring = lock(&self.ring);
        for change in changes {
            let revision = change.revision;
            ring.push(change);
            // Inside the ring's lock, so that the latest revision never goes back.
            self.latest.send_replace(revision);
        }
    }

    /// A watch of what comes after this revision.
    pub(crate) fn watch(&self, after: Revision) -> Watch {
        Watch { ring: Arc::clone(&self.ring), latest: self.latest.subscribe(), after }
    }
}

/// The last changes, oldest first.
#[derive(Debug)]
struct Ring {
    changes: VecDeque<Arc<Change>>,
    /// The newest revision that is no longer (or never was) in `changes`.
    forgotten: Revision,
    bytes: usize,
}

impl Ring {
    fn push(&mut self, change: Change) {
        self.bytes += change.size();
        self.changes.push_back(Arc::new(change));
        while self.changes.len() > limits::HISTORY_CHANGES || self.bytes > limits::HISTORY_BYTES {
            let Some(oldest) = self.changes.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.size());
            self.forgotten = oldest.revision;
        }
    }

    fn first_after(&self, after: Revision) -> Result<Option<Arc<Change>>, WatchError> {
        if after < self.forgotten {
            return Err(WatchError::Lagged { forgotten: self.forgotten });
        }
        let at = self.changes.partition_point(|change| change.revision <= after);
        Ok(self.changes.get(at).map(Arc::clone))
    }
}

/// A panic elsewhere does not make the ring wrong: each step leaves it whole.
fn lock(ring: &Mutex<Ring>) -> MutexGuard<'_, Ring> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(revision: u64, bytes: usize) -> Change {
        Change {
            revision: Revision(revision),
            puts: vec![(Key(b"k".to_vec()), vec![0; bytes])],
            deletes: vec![],
        }
    }

    #[tokio::test]
    async fn a_watch_from_before_the_remembered_changes_is_told_so() {
        let feed = Feed::starting_at(Revision(7));
        assert_eq!(feed.watch(Revision(6)).next().await, Err(WatchError::Lagged { forgotten: Revision(7) }));
        feed.publish(vec![change(8, 1)]);
        assert_eq!(feed.watch(Revision(7)).next().await.unwrap().revision, Revision(8));
    }

    #[tokio::test]
    async fn the_history_is_bounded_in_changes() {
        let feed = Feed::starting_at(Revision::ZERO);
        let last = limits::HISTORY_CHANGES as u64 + 3;
        let mut slow = feed.watch(Revision(1));
        feed.publish((1..=last).map(|revision| change(revision, 1)).collect());
        assert_eq!(slow.next().await, Err(WatchError::Lagged { forgotten: Revision(3) }));
        assert_eq!(feed.watch(Revision(3)).next().await.unwrap().revision, Revision(4));
    }

    #[tokio::test]
    async fn the_history_is_bounded_in_bytes() {
        let feed = Feed::starting_at(Revision::ZERO);
        let mib = 1024 * 1024;
        feed.publish((1..=80).map(|revision| change(revision, mib)).collect());
        assert!(lock(&feed.ring).bytes <= limits::HISTORY_BYTES);
        assert!(matches!(feed.watch(Revision(1)).next().await, Err(WatchError::Lagged { .. })));
        assert_eq!(feed.watch(Revision(79)).next().await.unwrap().revision, Revision(80));
    }

    #[tokio::test]
    async fn a_watch_of_a_closed_engine_ends_after_the_last_change() {
        let feed = Feed::starting_at(Revision::ZERO);
        let mut watch = feed.watch(Revision::ZERO);
        feed.publish(vec![change(1, 1)]);
        drop(feed);
        assert_eq!(watch.next().await.unwrap().revision, Revision(1));
        assert_eq!(watch.next().await, Err(WatchError::Closed));
    }
}
