//! What is particular to an engine with a disk: it survives, it is alone, and it never calls lost data durable.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicBool, Ordering},
};

use super::*;
use crate::{conformance::Scratch, error::WatchError, transaction::Guard};

fn put(key: &str, value: &str) -> Transaction {
    Transaction::new().put(Key::text(key), value.as_bytes().to_vec())
}

async fn value(engine: &EmbeddedEngine, key: &str) -> Option<String> {
    let found = engine.read(&Key::text(key)).await.unwrap()?;
    Some(String::from_utf8(found.value).unwrap())
}

fn set(fault: &AtomicBool, state: bool) {
    fault.store(state, Ordering::SeqCst);
}

/// How many writes to the file fail from now on.
fn fail_writes(engine: &EmbeddedEngine, count: u64) {
    engine.directory.health().failing_writes.store(count, Ordering::SeqCst);
}

fn detail(error: &CommitError) -> String {
    error.to_string()
}

#[tokio::test]
async fn records_and_revisions_outlive_the_engine() {
    let scratch = Scratch::new("outlive");
    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    engine.commit(put("a", "1")).await.unwrap();
    let last = engine.commit(put("b", "2")).await.unwrap();
    drop(engine);

    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    assert_eq!(engine.revision(), last);
    assert_eq!(value(&engine, "a").await.as_deref(), Some("1"));
    // What came before is not remembered as changes, and a watch from there is told so.
    let lagged = engine.watch(Revision::ZERO).next().await;
    assert_eq!(lagged, Err(WatchError::Lagged { forgotten: last }));
    let mut watch = engine.watch(last);
    let next = engine.commit(put("a", "3").guard(Guard::At(Key::text("b"), last))).await.unwrap();
    assert!(next > last);
    assert_eq!(watch.next().await.unwrap().revision, next);
}

#[tokio::test]
async fn a_second_engine_on_the_same_directory_is_refused() {
    let scratch = Scratch::new("locked");
    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    let second = EmbeddedEngine::open(scratch.path()).map(|_| ());
    assert_eq!(second, Err(StoreError::Locked { directory: scratch.path().display().to_string() }));
    engine.commit(put("a", "1")).await.unwrap();
    drop(engine);
    assert!(EmbeddedEngine::open(scratch.path()).is_ok());
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_as_it_is() {
    let scratch = Scratch::new("format");
    EmbeddedEngine::open(scratch.path()).unwrap().commit(put("a", "1")).await.unwrap();
    let directory = Directory::open(scratch.path()).unwrap();
    directory.with_database(|database| table::write_format(database, 2)).unwrap();
    drop(directory);
    for _ in 0..2 {
        let opened = EmbeddedEngine::open(scratch.path()).map(|_| ());
        assert_eq!(opened, Err(StoreError::NewerFormat { found: 2, known: 1 }));
    }
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_and_left_as_it_is() {
    let scratch = Scratch::new("garbage");
    fs::create_dir_all(scratch.path()).unwrap();
    let file = scratch.path().join("store.redb");
    let garbage = b"these are not the records".repeat(1000);
    fs::write(&file, &garbage).unwrap();
    let opened = EmbeddedEngine::open(scratch.path()).map(|_| ());
    assert!(matches!(opened, Err(StoreError::Corrupt { .. })), "{opened:?}");
    assert_eq!(fs::read(&file).unwrap(), garbage);
}

#[test]
fn what_it_makes_is_for_the_owner_alone() {
    let scratch = Scratch::new("mode");
    let _engine = EmbeddedEngine::open(scratch.path().join("below")).unwrap();
    let mode = |name: &str| {
        fs::metadata(scratch.path().join("below").join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode(""), mode("store.redb"), mode("store.lock")), (0o700, 0o600, 0o600));
}

#[tokio::test]
async fn a_full_disk_fails_the_commit_and_room_mends_it() {
    let scratch = Scratch::new("full");
    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    let before = engine.commit(put("a", "1")).await.unwrap();
    let mut watch = engine.watch(before);

    fail_writes(&engine, u64::MAX);
    for _ in 0..2 {
        let failed = engine.commit(put("a", "2")).await.unwrap_err();
        assert!(matches!(failed, CommitError::Store(StoreError::Unavailable { .. })), "{failed:?}");
        assert_eq!(engine.revision(), before);
    }
    fail_writes(&engine, 0);

    let after = engine.commit(put("b", "3")).await.unwrap();
    assert!(after > before);
    assert_eq!(value(&engine, "a").await.as_deref(), Some("1"));
    let change = watch.next().await.unwrap();
    assert_eq!((change.revision, change.puts.clone()), (after, vec![(Key::text("b"), b"3".to_vec())]));
}

#[tokio::test]
async fn records_can_be_read_right_after_a_write_that_failed() {
    let scratch = Scratch::new("once");
    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    let before = engine.commit(put("a", "1")).await.unwrap();
    fail_writes(&engine, 1);
    assert!(engine.commit(put("a", "2")).await.is_err());
    assert_eq!(value(&engine, "a").await.as_deref(), Some("1"));
    assert_eq!(engine.revision(), before);
}

#[tokio::test]
async fn a_failed_commit_fails_for_its_whole_batch_and_shows_nothing() {
    let scratch = Scratch::new("batch");
    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    let before = engine.commit(put("taken", "1")).await.unwrap();
    fail_writes(&engine, u64::MAX);
    let batch = (0..20).map(|n| engine.commit(put(&format!("k/{n}"), "x")));
    for answer in join_all(batch).await {
        assert!(matches!(answer, Err(CommitError::Store(_))), "{answer:?}");
    }
    fail_writes(&engine, 0);
    engine.commit(put("after", "1")).await.unwrap();
    let page = engine.range(Range::prefix(b"k/")).await.unwrap();
    assert!(page.items.is_empty());
    assert!(page.revision > before);
}

#[tokio::test]
async fn after_a_sync_that_failed_nothing_is_believed_until_a_restart() {
    let scratch = Scratch::new("unsynced");
    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    engine.commit(put("a", "1")).await.unwrap();

    set(&engine.directory.health().unsynced, true);
    let failed = engine.commit(put("a", "2")).await.unwrap_err();
    assert!(detail(&failed).contains("the disk is on fire"), "{failed}");
    set(&engine.directory.health().unsynced, false);

    let halted = StoreError::Halted { detail: "the disk is on fire".to_owned() };
    assert_eq!(engine.commit(put("a", "3")).await, Err(CommitError::Store(halted.clone())));
    assert_eq!(engine.read(&Key::text("a")).await, Err(halted));
    drop(engine);

    let engine = EmbeddedEngine::open(scratch.path()).unwrap();
    engine.commit(put("b", "4")).await.unwrap();
    // Either is right: its caller was told of a failure, and never of a success.
    let found = value(&engine, "a").await;
    assert!(matches!(found.as_deref(), Some("1" | "2")), "{found:?}");
}

#[tokio::test]
async fn a_batch_that_failed_too_late_is_heard_of_after_all() {
    let scratch = Scratch::new("late");
    let directory = Arc::new(Directory::open(scratch.path()).unwrap());
    let feed = Arc::new(Feed::starting_at(Revision::ZERO));
    let mut watch = feed.watch(Revision::ZERO);
    let mut committer = Committer::new(Arc::clone(&directory), Arc::clone(&feed));
    // As if the disk had reported an error although the commit is in the file.
    let (outcome, result) = directory
        .with_database(|database| Ok(table::commit(database, vec![put("a", "1"), put("b", "2")])))
        .unwrap();
    result.unwrap();
    committer.doubt(outcome.changes);
    assert_eq!(feed.revision(), Revision::ZERO);

    assert_eq!(committer.commit(vec![put("c", "3")]), Ok(vec![Some(Revision(3))]));
    for expected in 1..=3 {
        assert_eq!(watch.next().await.unwrap().revision, Revision(expected));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_wait_share_a_sync_and_see_each_other() {
    let scratch = Scratch::new("group");
    let engine = Arc::new(EmbeddedEngine::open(scratch.path()).unwrap());
    let syncs_before = engine.directory.health().syncs.load(Ordering::SeqCst);
    let claims = (0..400).map(|n| {
        let guard = Guard::Absent(Key::text("throne"));
        engine.commit(put(&format!("k/{n}"), "x").put(Key::text("throne"), vec![1]).guard(guard))
    });
    let answers = join_all(claims).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let others = (0..400).map(|n| engine.commit(put(&format!("o/{n}"), "x")));
    assert!(join_all(others).await.into_iter().all(|answer| answer.is_ok()));
    let syncs = engine.directory.health().syncs.load(Ordering::SeqCst) - syncs_before;
    assert!(syncs < 100, "{syncs} syncs for 401 commits");
}

/// Polls all at once, so that they queue together.
async fn join_all<T: Send>(futures: impl Iterator<Item = impl Future<Output = T> + Send>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut waiting = false;
        for (future, answer) in pending.iter_mut().filter(|(_, answer)| answer.is_none()) {
            match future.as_mut().poll(context) {
                std::task::Poll::Ready(ready) => *answer = Some(ready),
                std::task::Poll::Pending => waiting = true,
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    pending.into_iter().filter_map(|(_, answer)| answer).collect()
}
