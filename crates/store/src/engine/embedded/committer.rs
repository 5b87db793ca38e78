//! The one thread that writes: it takes what is queued, makes it durable with one sync, publishes it and answers.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{directory::Directory, table};
use crate::{
    error::{CommitError, StoreError},
    limits,
    revision::Revision,
    transaction::Transaction,
    watch::{Change, Feed},
};

/// A transaction that waits, and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) transaction: Transaction,
    pub(super) reply: oneshot::Sender<Result<Revision, CommitError>>,
}

/// What the committing thread owns.
#[derive(Debug)]
pub(super) struct Committer {
    directory: Arc<Directory>,
    feed: Arc<Feed>,
    /// The changes of a batch whose commit failed, until the file has shown whether they are in it after all.
    doubtful: Vec<Change>,
}

impl Committer {
    pub(super) fn new(directory: Arc<Directory>, feed: Arc<Feed>) -> Self {
        Self { directory, feed, doubtful: Vec::new() }
    }

    /// Works until nobody can send any more.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let (transactions, replies) = gather(first, &mut jobs);
            match self.commit(transactions) {
                Ok(answers) => {
                    for (reply, answer) in replies.into_iter().zip(answers) {
                        // Whoever gave up waiting does not want to know.
                        let _ = reply.send(answer.ok_or(CommitError::Conflict));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, transactions = replies.len(), "a batch of transactions failed");
                    for reply in replies {
                        let _ = reply.send(Err(CommitError::Store(error.clone())));
                    }
                }
            }
        }
    }

    /// Makes a batch durable and visible, or tells that it is not. Conflicts are answered after the sync like
    /// everything else: they may be conflicts with something that the sync is about to lose.
    pub(super) fn commit(
        &mut self,
        transactions: Vec<Transaction>,
    ) -> Result<Vec<Option<Revision>>, StoreError> {
        self.recover()?;
        let (outcome, committed) =
            self.directory.with_database(|database| Ok(table::commit(database, transactions)))?;
        if let Err(error) = committed {
            self.doubt(outcome.changes);
            // At once, so that reads go on: what failed was most often the growth of the file, and what is in it
            // can be opened. Otherwise the next commit tries again.
            if let Err(error) = self.recover() {
                tracing::error!(%error, "the store's file cannot be opened again yet");
            }
            return Err(error);
        }
        self.feed.publish(outcome.changes);
        Ok(outcome.answers)
    }

    /// Lets go of the file, and remembers what may or may not be found in it.
    pub(super) fn doubt(&mut self, changes: Vec<Change>) {
        self.doubtful = changes;
        self.directory.close_file();
    }

    /// Opens the file again after a failure. A batch whose failure came after redb had switched to it is in the
    /// file now, although its callers were told of the failure; then everybody else has to hear of it.
    fn recover(&mut self) -> Result<(), StoreError> {
        let Some(revision) = self.directory.reopen_file()? else { return Ok(()) };
        let mut happened = std::mem::take(&mut self.doubtful);
        happened.retain(|change| change.revision <= revision);
        tracing::warn!(%revision, late_changes = happened.len(), "the store's file was opened again");
        self.feed.publish(happened);
        Ok(())
    }
}

/// The first job and those that wait behind it, as far as they fit into one batch.
fn gather(
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
) -> (Vec<Transaction>, Vec<oneshot::Sender<Result<Revision, CommitError>>>) {
    let mut bytes = first.transaction.size();
    let mut transactions = vec![first.transaction];
    let mut replies = vec![first.reply];
    while transactions.len() < limits::BATCH_TRANSACTIONS && bytes < limits::BATCH_BYTES {
        let Ok(next) = jobs.try_recv() else { break };
        bytes += next.transaction.size();
        transactions.push(next.transaction);
        replies.push(next.reply);
    }
    (transactions, replies)
}
