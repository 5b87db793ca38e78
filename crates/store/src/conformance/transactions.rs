//! What a commit writes, at which revision, and what it refuses.

use std::sync::Arc;

use super::{Case, commit, conflict, key, keys, put, value, written_at};
use crate::{
    engine::{BoxFuture, Engine, Range},
    error::{CommitError, StoreError},
    key::Key,
    limits,
    revision::Revision,
    transaction::{Guard, Transaction},
};

pub(super) const CASES: &[Case] = &[
    Case { says: "an empty store holds nothing, at revision zero", proof: empty },
    Case { says: "what was put is read, until it is put anew or deleted", proof: put_and_delete },
    Case { says: "each commit makes a greater revision, which all its keys carry", proof: revisions },
    Case { says: "a transaction that changes nothing makes no revision", proof: nothing },
    Case { says: "a conflict leaves nothing of its transaction behind", proof: atomic },
    Case { says: "keys and values are any bytes, and a value may be empty", proof: any_bytes },
    Case { says: "a value of a mebibyte is kept", proof: large },
    Case { says: "a transaction of the largest size goes through, a larger one is refused", proof: bounds },
    Case { says: "a transaction with a bad key is refused", proof: bad_keys },
];

fn empty(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        assert_eq!(engine.revision(), Revision::ZERO);
        assert_eq!(value(&*engine, "a").await, None);
        let page = engine.range(Range::prefix(b"")).await.unwrap();
        assert_eq!((page.items.len(), page.more, page.revision), (0, false, Revision::ZERO));
    })
}

fn put_and_delete(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        commit(&*engine, put("a", "1").put(key("b"), b"1".to_vec())).await;
        assert_eq!(value(&*engine, "a").await.as_deref(), Some("1"));
        commit(&*engine, put("a", "2").delete(key("b"))).await;
        assert_eq!(value(&*engine, "a").await.as_deref(), Some("2"));
        assert_eq!(value(&*engine, "b").await, None);
        commit(&*engine, put("b", "3")).await;
        assert_eq!(value(&*engine, "b").await.as_deref(), Some("3"));
    })
}

fn revisions(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let first = commit(&*engine, put("a", "1").put(key("b"), b"1".to_vec())).await;
        assert!(first > Revision::ZERO);
        assert_eq!(written_at(&*engine, "a").await, Some(first));
        assert_eq!(written_at(&*engine, "b").await, Some(first));
        let second = commit(&*engine, put("a", "1")).await;
        assert!(second > first);
        assert_eq!(engine.revision(), second);
        assert_eq!(written_at(&*engine, "a").await, Some(second));
        assert_eq!(written_at(&*engine, "b").await, Some(first));
    })
}

fn nothing(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let first = commit(&*engine, put("a", "1")).await;
        assert_eq!(commit(&*engine, Transaction::new()).await, first);
        assert_eq!(commit(&*engine, Transaction::new().delete(key("absent"))).await, first);
        assert_eq!(commit(&*engine, Transaction::new().guard(Guard::At(key("a"), first))).await, first);
        assert_eq!(engine.revision(), first);
    })
}

fn atomic(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        commit(&*engine, put("a", "1")).await;
        conflict(&*engine, put("b", "2").delete(key("a")).guard(Guard::Absent(key("a")))).await;
        assert_eq!(keys(&*engine, Range::prefix(b"")).await, (vec!["a".to_owned()], false));
        assert_eq!(value(&*engine, "a").await.as_deref(), Some("1"));
    })
}

fn any_bytes(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let odd = [Key(vec![0]), Key(vec![0, 0]), Key(vec![0xff; 3]), Key(all.clone())];
        for key in &odd {
            commit(&*engine, Transaction::new().put(key.clone(), all.clone())).await;
        }
        for key in &odd {
            assert_eq!(engine.read(key).await.unwrap().unwrap().value, all);
        }
        commit(&*engine, put("empty", "")).await;
        assert_eq!(value(&*engine, "empty").await.as_deref(), Some(""));
    })
}

fn large(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let bytes: Vec<u8> = (0..1024 * 1024_u32).map(|at| (at % 251) as u8).collect();
        for name in ["a", "b", "c", "a"] {
            commit(&*engine, Transaction::new().put(key(name), bytes.clone())).await;
        }
        assert!(engine.read(&key("a")).await.unwrap().unwrap().value == bytes);
        assert_eq!(keys(&*engine, Range::prefix(b"")).await.0, ["a", "b", "c"]);
    })
}

async fn is_refused(engine: &dyn Engine, transaction: Transaction) {
    let answer = engine.commit(transaction).await;
    assert!(matches!(answer, Err(CommitError::Store(StoreError::Refused { .. }))), "{answer:?}");
    assert_eq!(engine.revision(), Revision::ZERO);
}

fn bounds(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let most = limits::TRANSACTION_OPERATIONS;
        let puts =
            |count: usize| (0..count).fold(Transaction::new(), |all, n| all.put(key(&n.to_string()), vec![]));
        is_refused(&*engine, puts(most + 1)).await;
        is_refused(&*engine, puts(most).delete(key("one more"))).await;
        let guard = Guard::Absent(key("a"));
        is_refused(&*engine, Transaction { guards: vec![guard.clone(); most + 1], ..Transaction::new() })
            .await;
        is_refused(&*engine, Transaction::new().put(key("a"), vec![0; limits::TRANSACTION_BYTES])).await;

        commit(&*engine, Transaction { guards: vec![guard; most], ..puts(most) }).await;
        commit(&*engine, Transaction::new().put(key("a"), vec![0; limits::TRANSACTION_BYTES - 1])).await;

        // One that says that it is large may be, and is as whole as any other.
        let bulk = |count: usize| Transaction { is_bulk: true, ..puts(count) };
        let before = engine.revision();
        commit(&*engine, bulk(most * 20)).await;
        let overtaken = bulk(most * 20).put(key("new"), vec![]).guard(Guard::At(key("0"), before));
        assert!(matches!(engine.commit(overtaken).await, Err(CommitError::Conflict)));
        assert!(engine.read(&key("new")).await.unwrap().is_none());
        let answer = engine.commit(bulk(limits::BULK_OPERATIONS + 1)).await;
        assert!(matches!(answer, Err(CommitError::Store(StoreError::Refused { .. }))), "{answer:?}");
    })
}

fn bad_keys(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        is_refused(&*engine, put("", "1")).await;
        is_refused(&*engine, Transaction::new().delete(key(""))).await;
        is_refused(&*engine, put(&"k".repeat(limits::KEY_BYTES + 1), "1")).await;
        is_refused(&*engine, put("a", "1").put(key("a"), b"2".to_vec())).await;
        is_refused(&*engine, put("a", "1").delete(key("a"))).await;
        commit(&*engine, put(&"k".repeat(limits::KEY_BYTES), "1")).await;
    })
}
