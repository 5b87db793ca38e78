//! Tracing credentials: every event of theirs is shown, and what was not seen is not passed over in silence.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use super::*;
use crate::audit::{Trace, Witness};

/// Names of the events that were shown.
#[derive(Clone, Default)]
struct Seen {
    names: BTreeSet<String>,
    enough_at: Option<Timestamp>,
}

impl Witness for Seen {
    fn see(&mut self, event: &AuditEvent) {
        assert!(event.json.contains(&event.name), "with its record: {event:?}");
        self.names.insert(event.name.clone());
    }

    fn has_enough(&self, newest: Timestamp) -> bool {
        self.enough_at.is_some_and(|at| newest < at)
    }
}

fn of(key: &str, millis: i64, name: &str) -> AuditEvent {
    AuditEvent { access_key_id: Some(key.to_owned()), ..event(millis, name) }
}

fn trace(start: i64) -> Trace {
    Trace {
        accounts: Some(BTreeSet::from(["123456789012".parse().unwrap()])),
        keys: Arc::new(HashSet::from(["ASIA1".to_owned(), "ASIA2".to_owned()])),
        start: Timestamp::from_millis(start),
        end: None,
    }
}

async fn traced(log: &AuditLog, trace: Trace) -> (String, bool) {
    let (seen, is_complete) = log.trace(trace, Seen::default()).await.unwrap();
    (seen.names.into_iter().collect::<Vec<_>>().concat(), is_complete)
}

/// Three segments of which the first is sealed and the second closed.
async fn filled(bench: &Bench) -> Arc<AuditLog> {
    let log = bench.open().await;
    log.append(of("ASIA1", NOON, "a")).unwrap();
    log.append(of("ASIA3", NOON, "x")).unwrap();
    log.main.close();
    log.seal_closed().await.unwrap();
    log.append(of("ASIA2", NOON + 1000, "b")).unwrap();
    log.append(event(NOON + 1000, "y")).unwrap();
    log.main.close();
    log.append(of("ASIA1", NOON + 2000, "c")).unwrap();
    log
}

#[tokio::test]
async fn events_are_shown_wherever_they_lie() {
    let bench = Bench::new();
    let log = filled(&bench).await;
    assert_eq!(traced(&log, trace(NOON)).await, ("abc".to_owned(), true));
    assert_eq!(traced(&log, trace(NOON + 500)).await, ("bc".to_owned(), true));
    let end = Some(Timestamp::from_millis(NOON + 1500));
    assert_eq!(traced(&log, Trace { end, ..trace(NOON) }).await, ("ab".to_owned(), true));
    assert_eq!(traced(&log, Trace { accounts: None, ..trace(NOON) }).await, ("abc".to_owned(), true));
    let elsewhere = Some(BTreeSet::from(["111122223333".parse().unwrap()]));
    assert_eq!(traced(&log, Trace { accounts: elsewhere, ..trace(NOON) }).await, (String::new(), true));
}

#[tokio::test]
async fn a_witness_that_has_enough_is_shown_nothing_older() {
    let bench = Bench::new();
    let log = filled(&bench).await;
    let enough_at = Some(Timestamp::from_millis(NOON + 1000));
    let witness = Seen { enough_at, ..Seen::default() };
    let (seen, is_complete) = log.trace(trace(0), witness).await.unwrap();
    assert_eq!((seen.names.len(), is_complete), (2, true));
}

#[tokio::test]
async fn what_is_damaged_gone_or_too_old_is_told() {
    let bench = Bench::new();
    let log = filled(&bench).await;
    // Nothing of theirs is missing, but what is not kept any more might be.
    bench.clock.set(Timestamp::from_millis(NOON).plus(bench.settings.retention + Duration::from_secs(1)));
    assert_eq!(traced(&log, trace(NOON)).await, ("abc".to_owned(), false));
    bench.clock.set(Timestamp::from_millis(NOON));
    let closed = log.main.closed();
    let whole = std::fs::read(&closed[0].path).unwrap();
    std::fs::write(&closed[0].path, &whole[..whole.len() - 3]).unwrap();
    assert!(!traced(&log, trace(NOON)).await.1);
    std::fs::write(&closed[0].path, &whole).unwrap();
    assert!(traced(&log, trace(NOON)).await.1);
    for path in files_below(&bench.root.join("index")) {
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(traced(&log, trace(NOON)).await, ("bc".to_owned(), false));
    assert_eq!(traced(&log, trace(NOON + 1000)).await, ("bc".to_owned(), true));
}

#[tokio::test]
async fn in_memory_it_is_told_what_made_room() {
    let mut bench = Bench::new();
    bench.settings.directory = None;
    bench.settings.memory_events = 2;
    let log = bench.open().await;
    for (at, name) in [(NOON, "a"), (NOON + 1000, "b")] {
        log.append(of("ASIA1", at, name)).unwrap();
    }
    assert_eq!(traced(&log, trace(0)).await.0, "ab");
    log.append(of("ASIA1", NOON + 2000, "c")).unwrap();
    let start = |millis| trace(NOON + millis);
    assert_eq!(traced(&log, start(0)).await, ("bc".to_owned(), false));
    assert_eq!(traced(&log, start(1)).await, ("bc".to_owned(), true));
}

#[tokio::test]
async fn what_came_after_the_clock_was_set_back_is_shown() {
    const HOUR: i64 = 3_600_000;
    let bench = Bench::new();
    let log = bench.open().await;
    log.append(of("ASIA1", NOON - 10 * HOUR, "a")).unwrap();
    log.append(of("ASIA1", NOON, "b")).unwrap();
    assert_eq!(traced(&log, trace(NOON)).await, ("b".to_owned(), true));
    log.append(of("ASIA1", NOON - 9 * HOUR, "c")).unwrap();
    assert_eq!(traced(&log, trace(NOON)).await, ("bc".to_owned(), true));
    bench.stop(log).await;
    // Also when it was set back while nobody ran.
    let log = bench.open().await;
    assert_eq!(traced(&log, trace(NOON)).await, ("bc".to_owned(), true));
    log.append(of("ASIA1", NOON - 8 * HOUR, "d")).unwrap();
    assert_eq!(traced(&log, trace(NOON)).await, ("bcd".to_owned(), true));
}
