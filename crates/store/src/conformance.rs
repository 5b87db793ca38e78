//! What every engine must do, as tests that each engine's own tests run: the [`Engine`] trait's sentences, one
//! case each. An engine that passes can stand behind the product.
//!
//! ```no_run
//! use portcullis_store::{Engine, conformance, memory};
//! use std::sync::Arc;
//!
//! # async fn example() {
//! conformance::run(|| Arc::new(memory()) as Arc<dyn Engine>).await;
//! # }
//! ```
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "cases of a test: they are meant to panic")]

use std::sync::Arc;

use crate::{
    engine::{BoxFuture, Engine, Range},
    error::CommitError,
    key::Key,
    revision::Revision,
    transaction::Transaction,
};

mod concurrency;
mod guards;
mod ranges;
mod scratch;
mod transactions;
mod watches;

pub use scratch::Scratch;

/// One sentence about engines, and the proof. It is given an empty store.
struct Case {
    says: &'static str,
    proof: fn(Arc<dyn Engine>) -> BoxFuture<'static, ()>,
}

/// All cases, by what they are about.
const CASES: [&[Case]; 5] =
    [transactions::CASES, guards::CASES, ranges::CASES, watches::CASES, concurrency::CASES];

/// Runs every case, each on a fresh and empty store.
///
/// # Panics
/// If a case does not hold; its sentence stands on stderr.
pub async fn run(fresh: impl Fn() -> Arc<dyn Engine>) {
    for case in CASES.into_iter().flatten() {
        eprintln!("conformance: {}", case.says);
        (case.proof)(fresh()).await;
    }
}

/// How many cases there are.
pub fn cases() -> usize {
    CASES.into_iter().flatten().count()
}

fn key(text: &str) -> Key {
    Key::text(text)
}

fn put(text: &str, value: &str) -> Transaction {
    Transaction::new().put(key(text), value.as_bytes().to_vec())
}

/// Commits what must succeed.
async fn commit(engine: &dyn Engine, transaction: Transaction) -> Revision {
    engine.commit(transaction).await.unwrap()
}

/// Commits what must be a conflict, and shows that it left nothing behind.
async fn conflict(engine: &dyn Engine, transaction: Transaction) {
    let before = engine.revision();
    assert_eq!(engine.commit(transaction).await, Err(CommitError::Conflict));
    assert_eq!(engine.revision(), before);
}

/// The value under a key, as text.
async fn value(engine: &dyn Engine, text: &str) -> Option<String> {
    let found = engine.read(&key(text)).await.unwrap()?;
    Some(String::from_utf8(found.value).unwrap())
}

/// The revision that wrote a key.
async fn written_at(engine: &dyn Engine, text: &str) -> Option<Revision> {
    engine.read(&key(text)).await.unwrap().map(|found| found.revision)
}

/// The keys of a range, as text, and whether there are more.
async fn keys(engine: &dyn Engine, range: Range) -> (Vec<String>, bool) {
    let page = engine.range(range).await.unwrap();
    let keys = page.items.iter().map(|(key, _)| key.0.escape_ascii().to_string()).collect();
    (keys, page.more)
}
