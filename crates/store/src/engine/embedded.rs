//! The engine of one node with a disk: a redb file and one committing thread.
//!
//! ```text
//! commit() --queue--> [ committer: guards and writes of many transactions, one sync ] --> feed --> answers
//! read(), range() --> the last committed state
//! ```
//!
//! While one sync runs, the transactions that arrive wait in the queue; the next sync takes them all. Each
//! is checked against the ones before it and makes its own revision. Nothing of a batch can be seen by anyone
//! before its sync has returned.

use std::{path::Path, sync::Arc, thread::JoinHandle};

use tokio::sync::{mpsc, oneshot};

use crate::{
    engine::{BoxFuture, Engine, Page, Range, Versioned},
    error::{CommitError, StoreError},
    key::Key,
    limits,
    revision::Revision,
    transaction::Transaction,
    watch::{Feed, Watch},
};

mod committer;
mod directory;
mod disk;
mod table;

use committer::{Committer, Job};
use directory::Directory;

/// A store in a directory, which it holds locked against every other engine while it is open.
#[derive(Debug)]
pub struct EmbeddedEngine {
    directory: Arc<Directory>,
    feed: Arc<Feed>,
    /// Taken when the engine goes, which ends the committer.
    queue: Option<mpsc::Sender<Job>>,
    committer: Option<JoinHandle<()>>,
}

impl EmbeddedEngine {
    /// Opens the store in this directory, making both if need be. After a crash it holds exactly what was
    /// durable then.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if it is open elsewhere, [`StoreError::NewerFormat`] if a newer version wrote it,
    /// [`StoreError::Corrupt`] if it is damaged, [`StoreError::Unavailable`] if the disk refuses.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::start(Directory::open(directory.as_ref())?)
    }

    /// Whether there is a store in this directory.
    pub fn is_at(directory: impl AsRef<Path>) -> bool {
        Directory::holds_store(directory.as_ref())
    }

    fn start(directory: Directory) -> Result<Self, StoreError> {
        let directory = Arc::new(directory);
        let revision = directory.with_database(table::revision)?;
        let feed = Arc::new(Feed::starting_at(revision));
        let (queue, jobs) = mpsc::channel(limits::QUEUED_TRANSACTIONS);
        let committer = Committer::new(Arc::clone(&directory), Arc::clone(&feed));
        let committer = std::thread::Builder::new()
            .name("store-commit".to_owned())
            .spawn(move || committer.run(jobs))
            .map_err(|error| StoreError::Unavailable {
                doing: "starting the committing thread",
                detail: error.to_string(),
            })?;
        Ok(Self { directory, feed, queue: Some(queue), committer: Some(committer) })
    }

    async fn queue(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        transaction.check()?;
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.send(Job { transaction, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Reads may wait for the disk, so they do it where waiting holds nobody up.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&redb::Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let directory = Arc::clone(&self.directory);
        let looked = tokio::task::spawn_blocking(move || directory.with_database(look)).await;
        looked.map_err(|error| StoreError::Unavailable { doing: "reading", detail: error.to_string() })?
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable { doing: "committing", detail: "the committing thread has stopped".to_owned() }
}

impl Engine for EmbeddedEngine {
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Versioned>, StoreError>> {
        let key = key.clone();
        Box::pin(self.look(move |database| table::read(database, &key)))
    }

    fn range(&self, range: Range) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(self.look(move |database| table::page(database, &range)))
    }

    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(self.queue(transaction))
    }

    fn revision(&self) -> Revision {
        self.feed.revision()
    }

    fn watch(&self, after: Revision) -> Watch {
        self.feed.watch(after)
    }
}

impl Drop for EmbeddedEngine {
    /// Waits until what was queued is durable and the directory is free again.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(committer) = self.committer.take() {
            // A thread that panicked has answered nobody and holds nothing: there is nothing left to do.
            let _ = committer.join();
        }
    }
}

#[cfg(test)]
mod tests;
