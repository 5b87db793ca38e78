//! What a watch tells, and that it tells it once.

use std::{sync::Arc, time::Duration};

use super::{Case, commit, conflict, key, put};
use crate::{
    engine::{BoxFuture, Engine},
    error::WatchError,
    limits,
    transaction::{Guard, Transaction},
    watch::Watch,
};

pub(super) const CASES: &[Case] = &[
    Case { says: "a watch tells what each commit wrote and removed", proof: tells },
    Case { says: "a watch waits for the next change", proof: waits },
    Case { says: "a watch resumes after any revision that is remembered", proof: resumes },
    Case { says: "a wait that is given up loses no change", proof: given_up },
    Case { says: "watches are independent of each other", proof: independent },
    Case { says: "a watch that falls too far behind is told to load anew", proof: lags },
];

async fn is_silent(watch: &mut Watch) {
    let waited = tokio::time::timeout(Duration::from_millis(20), watch.next()).await;
    assert!(waited.is_err(), "{waited:?}");
}

fn tells(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut watch = engine.watch(engine.revision());
        let first = commit(&*engine, put("a", "1").put(key("b"), b"2".to_vec())).await;
        let second = commit(&*engine, put("a", "3").delete(key("b")).delete(key("absent"))).await;
        // None of these changes anything.
        conflict(&*engine, put("c", "1").guard(Guard::Absent(key("a")))).await;
        commit(&*engine, Transaction::new().delete(key("absent"))).await;

        let change = watch.next().await.unwrap();
        assert_eq!((change.revision, change.deletes.len()), (first, 0));
        let mut puts = change.puts.clone();
        puts.sort();
        assert_eq!(puts, [(key("a"), b"1".to_vec()), (key("b"), b"2".to_vec())]);
        let change = watch.next().await.unwrap();
        assert_eq!(change.revision, second);
        assert_eq!(change.puts, [(key("a"), b"3".to_vec())]);
        assert_eq!(change.deletes, [key("b")]);
        assert_eq!(watch.position(), second);
        is_silent(&mut watch).await;
    })
}

fn waits(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut watch = engine.watch(engine.revision());
        let waiting = tokio::spawn(async move { watch.next().await });
        tokio::time::sleep(Duration::from_millis(10)).await;
        let revision = commit(&*engine, put("a", "1")).await;
        assert_eq!(waiting.await.unwrap().unwrap().revision, revision);
    })
}

fn resumes(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let start = engine.revision();
        let mut revisions = Vec::new();
        for n in 0..10 {
            revisions.push(commit(&*engine, put("a", &n.to_string())).await);
        }
        for (seen, after) in std::iter::once(&start).chain(&revisions).enumerate() {
            let mut watch = engine.watch(*after);
            for expected in &revisions[seen..] {
                assert_eq!(watch.next().await.unwrap().revision, *expected);
            }
            is_silent(&mut watch).await;
        }
    })
}

fn given_up(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut watch = engine.watch(engine.revision());
        is_silent(&mut watch).await;
        let first = commit(&*engine, put("a", "1")).await;
        let second = commit(&*engine, put("a", "2")).await;
        assert_eq!(watch.next().await.unwrap().revision, first);
        assert_eq!(watch.next().await.unwrap().revision, second);
    })
}

fn independent(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut fast = engine.watch(engine.revision());
        let mut slow = engine.watch(engine.revision());
        let revision = commit(&*engine, put("a", "1")).await;
        assert_eq!(fast.next().await.unwrap().revision, revision);
        drop(fast);
        assert_eq!(slow.next().await.unwrap().revision, revision);
    })
}

/// Large values, because fewer of them are needed to fill what is remembered.
fn lags(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let start = engine.revision();
        let mebibyte = vec![7; 1024 * 1024];
        let mut last = start;
        for _ in 0..=limits::HISTORY_BYTES / mebibyte.len() {
            last = commit(&*engine, Transaction::new().put(key("a"), mebibyte.clone())).await;
        }
        assert!(matches!(engine.watch(start).next().await, Err(WatchError::Lagged { .. })));
        is_silent(&mut engine.watch(last)).await;
    })
}
