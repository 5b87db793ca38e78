//! An engine that fails on purpose, so that tests can see what its callers make of that.
//!
//! ```
//! use portcullis_store::{CommitError, Engine, Key, Transaction, decorate::{Fault, FaultyEngine}, memory};
//!
//! # async fn example() {
//! let engine = FaultyEngine::around(memory());
//! engine.on_commit(2, Fault::Refuse);
//! let put = || Transaction::new().put(Key::text("k"), b"v".to_vec());
//! assert!(engine.commit(put()).await.is_ok());
//! assert!(matches!(engine.commit(put()).await, Err(CommitError::Store(_))));
//! # }
//! ```

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    engine::{BoxFuture, Engine, Page, Range, Versioned},
    error::{CommitError, StoreError},
    key::Key,
    revision::Revision,
    transaction::Transaction,
    watch::Watch,
};

/// What befalls a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and nothing happened.
    Refuse,
    /// It happens, and the caller is told that it failed: a store may not know better.
    LoseAnswer,
    /// It waits this long before it begins.
    Delay(Duration),
}

/// An engine with faults that are planned from outside.
#[derive(Debug)]
pub struct FaultyEngine<E> {
    inner: E,
    plan: Mutex<Plan>,
    reads_fail: AtomicBool,
}

#[derive(Debug, Default)]
struct Plan {
    commits: u64,
    faults: BTreeMap<u64, Fault>,
}

impl<E: Engine> FaultyEngine<E> {
    /// This engine, without a fault as yet.
    pub fn around(inner: E) -> Self {
        Self { inner, plan: Mutex::default(), reads_fail: AtomicBool::new(false) }
    }

    /// Plans a fault for the nth commit from now; the next one is the first.
    pub fn on_commit(&self, nth: u64, fault: Fault) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let at = plan.commits.saturating_add(nth);
        plan.faults.insert(at, fault);
    }

    /// From now on, reads and ranges fail.
    pub fn fail_reads(&self) {
        self.reads_fail.store(true, Ordering::SeqCst);
    }

    /// From now on, reads and ranges work again.
    pub fn mend_reads(&self) {
        self.reads_fail.store(false, Ordering::SeqCst);
    }

    /// The engine inside, which has no faults.
    pub fn inner(&self) -> &E {
        &self.inner
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.commits = plan.commits.saturating_add(1);
        let now = plan.commits;
        plan.faults.remove(&now)
    }

    fn readable(&self) -> Result<(), StoreError> {
        if self.reads_fail.load(Ordering::SeqCst) { Err(planned("reading")) } else { Ok(()) }
    }
}

fn planned(doing: &'static str) -> StoreError {
    StoreError::Unavailable { doing, detail: "a planned fault".to_owned() }
}

impl<E: Engine> Engine for FaultyEngine<E> {
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Versioned>, StoreError>> {
        Box::pin(async move {
            self.readable()?;
            self.inner.read(key).await
        })
    }

    fn range(&self, range: Range) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(async move {
            self.readable()?;
            self.inner.range(range).await
        })
    }

    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            match self.next_fault() {
                None => self.inner.commit(transaction).await,
                Some(Fault::Refuse) => Err(planned("committing").into()),
                Some(Fault::LoseAnswer) => match self.inner.commit(transaction).await {
                    Ok(_) => Err(planned("committing").into()),
                    refused => refused,
                },
                Some(Fault::Delay(time)) => {
                    tokio::time::sleep(time).await;
                    self.inner.commit(transaction).await
                }
            }
        })
    }

    fn revision(&self) -> Revision {
        self.inner.revision()
    }

    fn watch(&self, after: Revision) -> Watch {
        self.inner.watch(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::memory;

    fn put(key: &str) -> Transaction {
        Transaction::new().put(Key::text(key), b"v".to_vec())
    }

    #[tokio::test]
    async fn a_refused_commit_did_not_happen_and_a_lost_answer_hides_one_that_did() {
        let engine = FaultyEngine::around(memory());
        engine.on_commit(1, Fault::Refuse);
        engine.on_commit(2, Fault::LoseAnswer);
        assert!(matches!(engine.commit(put("a")).await, Err(CommitError::Store(_))));
        assert!(matches!(engine.commit(put("b")).await, Err(CommitError::Store(_))));
        assert_eq!(engine.commit(put("c")).await, Ok(Revision(2)));
        assert_eq!(engine.read(&Key::text("a")).await, Ok(None));
        assert!(engine.read(&Key::text("b")).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn reads_fail_until_they_are_mended() {
        let engine = FaultyEngine::around(memory());
        engine.fail_reads();
        assert!(engine.read(&Key::text("a")).await.is_err());
        assert!(engine.range(Range::prefix(b"")).await.is_err());
        engine.mend_reads();
        assert_eq!(engine.read(&Key::text("a")).await, Ok(None));
    }
}
