//! The engine without a disk: for `--ephemeral`, for tests, and as the plainest reading of what an engine is.

use std::{
    collections::BTreeMap,
    future::ready,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use crate::{
    engine::{BoxFuture, Engine, Page, Range, Versioned},
    error::{CommitError, StoreError},
    key::Key,
    revision::Revision,
    transaction::{Transaction, View},
    watch::{Change, Feed, Watch},
};

/// A store that lives as long as its value: "durable" means no more than that here.
#[derive(Debug)]
pub struct MemoryEngine {
    records: RwLock<Records>,
    feed: Feed,
}

/// An empty store in memory.
pub fn memory() -> MemoryEngine {
    MemoryEngine { records: RwLock::default(), feed: Feed::starting_at(Revision::ZERO) }
}

impl MemoryEngine {
    /// A panic elsewhere does not make the records wrong: a commit writes nothing before all is checked.
    fn records(&self) -> RwLockReadGuard<'_, Records> {
        self.records.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit_now(&self, transaction: Transaction) -> Result<Revision, CommitError> {
        transaction.check()?;
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        if !transaction.holds(&*records)? {
            return Err(CommitError::Conflict);
        }
        let change = records.apply(transaction, self.feed.revision().next());
        if !change.is_empty() {
            // Under the lock, so that no page shows records newer than the revision that it names.
            self.feed.publish(vec![change]);
        }
        Ok(self.feed.revision())
    }

    fn page(&self, range: &Range) -> Page {
        let records = self.records();
        let revision = self.feed.revision();
        let Some(bounds) = range.bounds() else { return Page { items: Vec::new(), more: false, revision } };
        let mut found = records.0.range::<[u8], _>(bounds);
        let mut items = Vec::new();
        let mut more = false;
        while let Some((key, versioned)) = if range.descending { found.next_back() } else { found.next() } {
            if items.len() == range.limit {
                more = true;
                break;
            }
            items.push((Key(key.clone()), versioned.clone()));
        }
        Page { items, more, revision }
    }
}

impl Engine for MemoryEngine {
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Versioned>, StoreError>> {
        Box::pin(ready(Ok(self.records().0.get(&key.0).cloned())))
    }

    fn range(&self, range: Range) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(ready(Ok(self.page(&range))))
    }

    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move { self.commit_now(transaction) })
    }

    fn revision(&self) -> Revision {
        self.feed.revision()
    }

    fn watch(&self, after: Revision) -> Watch {
        self.feed.watch(after)
    }
}

/// What stands under which key.
#[derive(Debug, Default)]
struct Records(BTreeMap<Vec<u8>, Versioned>);

impl Records {
    /// Writes what the transaction says and tells what that changed.
    fn apply(&mut self, transaction: Transaction, revision: Revision) -> Change {
        let mut deletes = transaction.deletes;
        deletes.retain(|key| self.0.remove(&key.0).is_some());
        for (key, value) in &transaction.puts {
            self.0.insert(key.0.clone(), Versioned { value: value.clone(), revision });
        }
        Change { revision, puts: transaction.puts, deletes }
    }
}

impl View for Records {
    fn written_at(&self, key: &[u8]) -> Result<Option<Revision>, StoreError> {
        Ok(self.0.get(key).map(|versioned| versioned.revision))
    }

    fn any_with_prefix(&self, prefix: &[u8]) -> Result<bool, StoreError> {
        Ok(Range::prefix(prefix)
            .bounds()
            .is_some_and(|bounds| self.0.range::<[u8], _>(bounds).next().is_some()))
    }
}
