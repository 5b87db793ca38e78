//! When a guard holds.

use std::sync::Arc;

use super::{Case, commit, conflict, key, put, value};
use crate::{
    engine::{BoxFuture, Engine},
    key::Key,
    revision::Revision,
    transaction::{Guard, Transaction},
};

pub(super) const CASES: &[Case] = &[
    Case { says: "`Absent` holds where nothing stands, also again after a delete", proof: absent },
    Case { says: "`At` holds for the revision of the last write only", proof: at },
    Case { says: "`At` does not hold for a key that was deleted and made again", proof: at_again },
    Case { says: "`Empty` holds where no key begins so", proof: empty },
    Case { says: "`Empty` knows prefixes that end in 0xff", proof: empty_at_the_end },
    Case { says: "one guard that fails is enough", proof: all },
    Case { says: "guards look at the state before the transaction's own writes", proof: own_writes },
];

fn guarded(guard: Guard) -> Transaction {
    put("done", "yes").guard(guard)
}

fn absent(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        commit(&*engine, put("a", "1").guard(Guard::Absent(key("a")))).await;
        conflict(&*engine, put("a", "2").guard(Guard::Absent(key("a")))).await;
        // Not a matter of prefixes.
        commit(&*engine, guarded(Guard::Absent(key("")))).await;
        commit(&*engine, Transaction::new().delete(key("a"))).await;
        commit(&*engine, put("a", "3").guard(Guard::Absent(key("a")))).await;
        assert_eq!(value(&*engine, "a").await.as_deref(), Some("3"));
    })
}

fn at(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        conflict(&*engine, guarded(Guard::At(key("a"), Revision::ZERO))).await;
        let first = commit(&*engine, put("a", "1")).await;
        // Writing elsewhere does not touch it.
        commit(&*engine, put("b", "1")).await;
        let second = commit(&*engine, put("a", "2").guard(Guard::At(key("a"), first))).await;
        conflict(&*engine, put("a", "3").guard(Guard::At(key("a"), first))).await;
        conflict(&*engine, guarded(Guard::At(key("a"), second.next()))).await;
        conflict(&*engine, guarded(Guard::At(key("absent"), second))).await;
        assert_eq!(value(&*engine, "a").await.as_deref(), Some("2"));
    })
}

fn at_again(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let first = commit(&*engine, put("a", "1")).await;
        commit(&*engine, Transaction::new().delete(key("a"))).await;
        conflict(&*engine, guarded(Guard::At(key("a"), first))).await;
        let again = commit(&*engine, put("a", "1")).await;
        conflict(&*engine, guarded(Guard::At(key("a"), first))).await;
        commit(&*engine, guarded(Guard::At(key("a"), again))).await;
    })
}

fn empty(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        commit(&*engine, put("dir/a", "1").guard(Guard::Empty(key("")))).await;
        conflict(&*engine, guarded(Guard::Empty(key("")))).await;
        conflict(&*engine, guarded(Guard::Empty(key("dir/")))).await;
        conflict(&*engine, guarded(Guard::Empty(key("dir/a")))).await;
        commit(&*engine, guarded(Guard::Empty(key("dir/b")))).await;
        commit(&*engine, guarded(Guard::Empty(key("dir/a/")))).await;
        commit(&*engine, guarded(Guard::Empty(key("di/")))).await;
        commit(&*engine, Transaction::new().delete(key("dir/a"))).await;
        commit(&*engine, guarded(Guard::Empty(key("dir/")))).await;
    })
}

fn empty_at_the_end(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        commit(&*engine, Transaction::new().put(Key(b"a\xff\xff\x01".to_vec()), vec![])).await;
        conflict(&*engine, guarded(Guard::Empty(Key(b"a\xff\xff".to_vec())))).await;
        commit(&*engine, guarded(Guard::Empty(Key(b"\xff".to_vec())))).await;
        commit(&*engine, Transaction::new().put(Key(vec![0xff; 4]), vec![])).await;
        conflict(&*engine, guarded(Guard::Empty(Key(b"\xff".to_vec())))).await;
        conflict(&*engine, guarded(Guard::Empty(Key(vec![0xff; 4])))).await;
        commit(&*engine, guarded(Guard::Empty(Key(vec![0xff; 5])))).await;
    })
}

fn all(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let first = commit(&*engine, put("a", "1")).await;
        let holding = || guarded(Guard::At(key("a"), first)).guard(Guard::Absent(key("b")));
        conflict(&*engine, holding().guard(Guard::Empty(key("a")))).await;
        assert_eq!(value(&*engine, "done").await, None);
        commit(&*engine, holding().guard(Guard::Empty(key("b")))).await;
    })
}

fn own_writes(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let first = commit(&*engine, put("a", "1").guard(Guard::Empty(key("a")))).await;
        commit(&*engine, Transaction::new().delete(key("a")).guard(Guard::At(key("a"), first))).await;
        assert_eq!(value(&*engine, "a").await, None);
    })
}
