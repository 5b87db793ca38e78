//! What a range returns, in which order.

use std::sync::Arc;

use super::{Case, commit, key, keys, put};
use crate::{
    engine::{BoxFuture, Engine, Range},
    key::Key,
    transaction::Transaction,
};

pub(super) const CASES: &[Case] = &[
    Case { says: "a range holds its start and not its end, in the order of bytes", proof: order },
    Case { says: "a descending range is the same in the other order", proof: descending },
    Case { says: "a limited page says whether there is more", proof: limits },
    Case { says: "pages follow on each other without gap or repetition", proof: pages },
    Case { says: "a prefix may end in 0xff", proof: prefixes },
    Case { says: "a page shows one revision, and the values written by then", proof: one_revision },
];

async fn fill(engine: &dyn Engine, names: &[&str]) {
    for name in names {
        commit(engine, put(name, name)).await;
    }
}

fn between(start: &str, end: &str) -> Range {
    Range::between(key(start), key(end))
}

fn order(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        fill(&*engine, &["b", "a/2", "a", "c", "a/10", "B"]).await;
        let of = |start, end| keys(&*engine, between(start, end));
        assert_eq!(of("a", "c").await, (vec!["a".into(), "a/10".into(), "a/2".into(), "b".into()], false));
        assert_eq!(of("", "").await.0, ["B", "a", "a/10", "a/2", "b", "c"]);
        assert_eq!(of("b", "").await.0, ["b", "c"]);
        assert_eq!(of("a/", "a0").await.0, ["a/10", "a/2"]);
        assert!(of("b", "b").await.0.is_empty());
        assert!(of("c", "a").await.0.is_empty());
        assert_eq!(keys(&*engine, Range::prefix(b"a/")).await.0, ["a/10", "a/2"]);
    })
}

fn descending(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        fill(&*engine, &["a", "b", "c", "d"]).await;
        assert_eq!(
            keys(&*engine, between("b", "d").descending()).await,
            (vec!["c".into(), "b".into()], false)
        );
        assert_eq!(keys(&*engine, between("", "").descending().limit(1)).await, (vec!["d".into()], true));
        assert!(keys(&*engine, between("d", "b").descending()).await.0.is_empty());
    })
}

fn limits(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        fill(&*engine, &["a", "b", "c"]).await;
        assert_eq!(keys(&*engine, Range::prefix(b"").limit(2)).await, (vec!["a".into(), "b".into()], true));
        assert!(!keys(&*engine, Range::prefix(b"").limit(3)).await.1);
        assert!(!keys(&*engine, Range::prefix(b"").limit(4)).await.1);
        assert_eq!(keys(&*engine, Range::prefix(b"").limit(0)).await, (vec![], true));
        assert_eq!(keys(&*engine, Range::prefix(b"x").limit(0)).await, (vec![], false));
    })
}

fn pages(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let all: Vec<String> = (0..2000).map(|n| format!("k/{n:04}")).collect();
        for names in all.chunks(100) {
            let many = names.iter().fold(Transaction::new(), |many, name| many.put(key(name), vec![]));
            commit(&*engine, many).await;
        }
        fill(&*engine, &["j", "l"]).await;
        let mut backwards = all.clone();
        backwards.reverse();
        for (range, expected) in [(Range::prefix(b"k/"), all), (Range::prefix(b"k/").descending(), backwards)]
        {
            let mut found = Vec::new();
            let mut next = range.limit(77);
            loop {
                let page = engine.range(next.clone()).await.unwrap();
                found.extend(page.items.iter().map(|(key, _)| key.0.escape_ascii().to_string()));
                assert_eq!(page.more, found.len() < expected.len());
                if !page.more {
                    break;
                }
                next = next.beyond(&page.items.last().unwrap().0);
            }
            assert_eq!(found, expected);
        }
    })
}

fn prefixes(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let names: [&[u8]; 6] = [b"a\xfe", b"a\xff", b"a\xff\xff", b"b", b"\xff", b"\xff\xff\x00"];
        for name in names {
            commit(&*engine, Transaction::new().put(Key(name.to_vec()), vec![])).await;
        }
        assert_eq!(keys(&*engine, Range::prefix(b"a\xff")).await.0, [r"a\xff", r"a\xff\xff"]);
        assert_eq!(keys(&*engine, Range::prefix(b"\xff")).await.0, [r"\xff", r"\xff\xff\x00"]);
        assert_eq!(keys(&*engine, Range::prefix(b"\xff\xff").descending()).await.0, [r"\xff\xff\x00"]);
        assert_eq!(keys(&*engine, Range::prefix(b"")).await.0.len(), names.len());
    })
}

fn one_revision(engine: Arc<dyn Engine>) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let first = commit(&*engine, put("a", "1").put(key("b"), b"1".to_vec())).await;
        let second = commit(&*engine, put("b", "2")).await;
        let page = engine.range(Range::prefix(b"")).await.unwrap();
        assert_eq!(page.revision, second);
        assert_eq!((page.items[0].1.revision, page.items[0].1.value.as_slice()), (first, b"1".as_slice()));
        assert_eq!((page.items[1].1.revision, page.items[1].1.value.as_slice()), (second, b"2".as_slice()));
    })
}
