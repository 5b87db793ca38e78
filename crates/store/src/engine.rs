//! The one interface behind which records lie, and the engines that keep it.
//!
//! It asks for no more than etcd gives: reads and ranges of committed data, guarded transactions with one
//! revision each, and watches from a revision. There are no cursors, no locks and no transactions that stay
//! open. [`crate::conformance`] is the meaning of each sentence here as a test.

use std::{ops::Bound, pin::Pin, sync::Arc};

use crate::{
    error::{CommitError, StoreError},
    key::Key,
    revision::Revision,
    transaction::Transaction,
    watch::Watch,
};

mod embedded;
mod memory;

pub use embedded::EmbeddedEngine;
pub use memory::{MemoryEngine, memory};

/// A future that an engine, known only as `dyn Engine`, can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A store of records.
pub trait Engine: Send + Sync {
    /// The record under this key, as of the last commit that was answered or a later one.
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Versioned>, StoreError>>;

    /// The records of a stretch of keys, all as of one revision, which the page names.
    fn range(&self, range: Range) -> BoxFuture<'_, Result<Page, StoreError>>;

    /// Checks the guards and writes, all at once and at one new revision, and answers once that is durable and
    /// visible. Transactions take effect in some one order, and their revisions rise in that order.
    ///
    /// A transaction that changes nothing (it has only guards, or deletes what is not there) makes no revision
    /// and answers with the present one. Dropping the future does not take the transaction back.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] if a guard did not hold: nothing was written. [`StoreError::Refused`] if it is
    /// too large. After any other [`CommitError::Store`] the caller does not know whether it happened.
    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>>;

    /// The revision of the last commit: never less than that of any commit answered before.
    fn revision(&self) -> Revision;

    /// Every change after this revision, in order, each once.
    fn watch(&self, after: Revision) -> Watch;
}

impl<E: Engine + ?Sized> Engine for Arc<E> {
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Versioned>, StoreError>> {
        (**self).read(key)
    }

    fn range(&self, range: Range) -> BoxFuture<'_, Result<Page, StoreError>> {
        (**self).range(range)
    }

    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>> {
        (**self).commit(transaction)
    }

    fn revision(&self) -> Revision {
        (**self).revision()
    }

    fn watch(&self, after: Revision) -> Watch {
        (**self).watch(after)
    }
}

/// A record's bytes and the revision that wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// What was put.
    pub value: Vec<u8>,
    /// By which change.
    pub revision: Revision,
}

/// A stretch of keys, and how much of it to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The first key that belongs to it.
    pub start: Key,
    /// The first key beyond it. An empty one, under which nothing can stand, means: no end.
    pub end: Key,
    /// How many records to return at most.
    pub limit: usize,
    /// From the last key to the first.
    pub descending: bool,
}

impl Range {
    /// All keys from `start` to before `end`.
    pub fn between(start: Key, end: Key) -> Self {
        Self { start, end, limit: usize::MAX, descending: false }
    }

    /// All keys that begin with these bytes.
    pub fn prefix(prefix: &[u8]) -> Self {
        Self::between(Key(prefix.to_vec()), Key(after_prefix(prefix)))
    }

    /// At most so many records.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// From the last key to the first.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// What of it lies behind this key, in its direction: the next page after one that ended with the key.
    #[must_use]
    pub fn beyond(mut self, last: &Key) -> Self {
        if self.descending {
            self.end = last.clone();
        } else {
            // The least key greater than another is that one with a zero byte behind it.
            self.start = last.clone();
            self.start.0.push(0);
        }
        self
    }

    /// The bounds for an ordered map, or nothing if no key can lie between them.
    pub(crate) fn bounds(&self) -> Option<KeyBounds<'_>> {
        let start = Bound::Included(self.start.0.as_slice());
        if self.end.0.is_empty() {
            return Some((start, Bound::Unbounded));
        }
        (self.start < self.end).then_some((start, Bound::Excluded(self.end.0.as_slice())))
    }
}

/// Bounds as an ordered map of bytes takes them.
pub(crate) type KeyBounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// The least bytes greater than all that begin with `prefix`: empty, that is no end, if it is all `0xff`.
fn after_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            break;
        }
    }
    end
}

/// The answer to a [`Range`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records, in the order asked for.
    pub items: Vec<(Key, Versioned)>,
    /// Whether the range holds further ones beyond the limit.
    pub more: bool,
    /// The store's revision that the page shows.
    pub revision: Revision,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_carries_over_bytes_of_ff() {
        assert_eq!(after_prefix(b"ab"), b"ac");
        assert_eq!(after_prefix(b"a\xff\xff"), b"b");
        assert_eq!(after_prefix(b"\xff\xff"), b"");
        assert_eq!(after_prefix(b""), b"");
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_empty() {
        assert!(Range::between(Key(b"b".to_vec()), Key(b"a".to_vec())).bounds().is_none());
        assert!(Range::between(Key(b"a".to_vec()), Key(b"a".to_vec())).bounds().is_none());
        assert!(Range::between(Key(b"a".to_vec()), Key(vec![])).bounds().is_some());
    }

    #[test]
    fn descending_beyond_the_first_key_is_empty() {
        let range = Range::prefix(b"a").descending().beyond(&Key(b"a".to_vec()));
        assert!(range.bounds().is_none());
    }
}
