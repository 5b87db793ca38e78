//! What many callers at once may rely on.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{Case, commit, key, put};
use crate::{
    engine::{BoxFuture, Engine, Range},
    error::CommitError,
    revision::Revision,
    transaction::{Guard, Transaction},
};

pub(super) const CASES: &[Case] = &[
    Case { says: "of many that race for a key, one wins and the rest conflict", proof: race },
    Case { says: "counting by read and guarded write loses no count", proof: counter },
    Case { says: "commits at the same time have revisions of their own", proof: own_revisions },
    Case { says: "an answered commit is seen by every read that begins afterwards", proof: read_your_writes },
    Case { says: "a watch sees commits made at the same time once each, in order", proof: watched },
    Case { says: "a page never shows half a transaction", proof: no_halves },
];

fn race(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut racers = tokio::task::JoinSet::new();
        for n in 0..50 {
            let engine = Arc::clone(&engine);
            let claim = put("throne", &n.to_string()).guard(Guard::Absent(key("throne")));
            racers.spawn(async move { (n, engine.commit(claim).await) });
        }
        let results = racers.join_all().await;
        let winners: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).collect();
        assert_eq!(winners.len(), 1);
        assert!(results.iter().all(|(_, result)| !matches!(result, Err(CommitError::Store(_)))));
        let held = engine.read(&key("throne")).await.unwrap().unwrap();
        assert_eq!(held.value, winners[0].0.to_string().into_bytes());
        assert_eq!(Ok(held.revision), winners[0].1);
    })
}

fn counter(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        commit(&*engine, put("count", "0")).await;
        let mut counters = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let engine = Arc::clone(&engine);
            counters.spawn(async move {
                for _ in 0..10 {
                    count_one(&*engine).await;
                }
            });
        }
        counters.join_all().await;
        assert_eq!(super::value(&*engine, "count").await.as_deref(), Some("80"));
    })
}

async fn count_one(engine: &dyn Engine) {
    loop {
        let found = engine.read(&key("count")).await.unwrap().unwrap();
        let count: u32 = String::from_utf8(found.value).unwrap().parse().unwrap();
        let next = put("count", &(count + 1).to_string()).guard(Guard::At(key("count"), found.revision));
        match engine.commit(next).await {
            Ok(_) => return,
            Err(CommitError::Conflict) => {}
            Err(CommitError::Store(error)) => unreachable!("{error}"),
        }
    }
}

/// Commits `count` transactions at once, and returns their revisions.
async fn commit_at_once(engine: &Arc<dyn Engine>, count: usize) -> Vec<Revision> {
    let mut commits = tokio::task::JoinSet::new();
    for n in 0..count {
        let engine = Arc::clone(engine);
        commits.spawn(async move { commit(&*engine, put(&format!("k/{n}"), &n.to_string())).await });
    }
    commits.join_all().await
}

fn own_revisions(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let revisions = commit_at_once(&engine, 300).await;
        let distinct: BTreeSet<_> = revisions.iter().collect();
        assert_eq!(distinct.len(), 300);
        assert_eq!(Some(&&engine.revision()), distinct.last());
        let page = engine.range(Range::prefix(b"k/")).await.unwrap();
        let stored: BTreeSet<_> = page.items.iter().map(|(_, record)| &record.revision).collect();
        assert_eq!(stored, distinct);
    })
}

fn read_your_writes(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut writers = tokio::task::JoinSet::new();
        for n in 0..32 {
            let engine = Arc::clone(&engine);
            writers.spawn(async move {
                let name = format!("k/{n}");
                for turn in 0..5 {
                    let revision = commit(&*engine, put(&name, &turn.to_string())).await;
                    assert!(engine.revision() >= revision);
                    let read = engine.read(&key(&name)).await.unwrap().unwrap();
                    assert_eq!((read.revision, read.value), (revision, turn.to_string().into_bytes()));
                    let page = engine.range(Range::prefix(name.as_bytes()).limit(1)).await.unwrap();
                    assert!(page.revision >= revision);
                }
            });
        }
        writers.join_all().await;
    })
}

fn watched(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let mut watch = engine.watch(engine.revision());
        let watching = tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < 300 {
                seen.push(watch.next().await.unwrap().revision);
            }
            let further = tokio::time::timeout(Duration::from_millis(20), watch.next()).await;
            assert!(further.is_err());
            seen
        });
        let mut revisions = commit_at_once(&engine, 300).await;
        revisions.sort_unstable();
        assert_eq!(watching.await.unwrap(), revisions);
    })
}

fn no_halves(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let writer = Arc::clone(&engine);
        let writing = tokio::spawn(async move {
            for n in 0..100 {
                let value = format!("{n}").into_bytes();
                let both = Transaction::new().put(key("pair/a"), value.clone()).put(key("pair/b"), value);
                commit(&*writer, both).await;
            }
        });
        while !writing.is_finished() {
            let page = engine.range(Range::prefix(b"pair/")).await.unwrap();
            assert!(page.items.windows(2).all(|pair| pair[0].1 == pair[1].1));
            assert!(page.items.iter().all(|(_, record)| record.revision <= page.revision));
            tokio::task::yield_now().await;
        }
        writing.await.unwrap();
    })
}
