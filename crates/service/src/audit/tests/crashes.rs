//! Killed at any point, the log has every event exactly once after the next start.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::{Bench, NOON, event, everything, files_below, names};
use crate::audit::{AuditEvent, AuditLog, seal};

/// Three events, of which the store has the second; then killed.
async fn killed_with_three_events(bench: &Bench) -> Vec<AuditEvent> {
    let log = bench.open().await;
    let events = vec![event(NOON, "A"), event(NOON + 1, "B"), event(NOON + 2, "C")];
    log.append(events[0].clone()).unwrap();
    bench.commit(&events[1]).await;
    log.committed(events[1].clone());
    log.append(events[2].clone()).unwrap();
    assert_eq!(bench.segments().len(), 1);
    events
}

/// Starts, asserts that each event is there once, in memory as in files, and that nothing else is left.
async fn each_is_there_once(bench: &Bench, events: &[AuditEvent]) {
    let expected: Vec<_> = events.iter().rev().map(|event| event.name.clone()).collect();
    let log = bench.open().await;
    assert_eq!(names(&log, everything()).await, expected, "after the start");
    bench.stop(Arc::clone(&log)).await;
    assert_eq!(names(&log, everything()).await, expected, "after sealing");
    let once: BTreeMap<_, _> = events.iter().map(|event| (event.id.clone(), 1)).collect();
    assert_eq!(bench.sealed(), once);
    assert_eq!(bench.records_in_store().await, 0);
    assert!(bench.segments().is_empty());
    assert!(files_below(&bench.root.join("scratch")).is_empty());
    assert_eq!(names(&*bench.open().await, everything()).await, expected, "after another start");
}

fn add_to(path: &Path, bytes: &[u8]) {
    std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// Seals the only segment, without what follows upon it.
async fn sealed_but_not_forgotten(bench: &Bench) -> seal::Sealed {
    let log = bench.open().await;
    seal::seal(&bench.root, &log.main.closed()[0]).unwrap()
}

#[tokio::test]
async fn killed_before_sealing() {
    let bench = Bench::new();
    let events = killed_with_three_events(&bench).await;
    each_is_there_once(&bench, &events).await;
}

#[tokio::test]
async fn killed_within_a_line() {
    let bench = Bench::new();
    let events = killed_with_three_events(&bench).await;
    let (_, line) = AuditLog::draft(&event(NOON + 3, "Torn"));
    add_to(&bench.segments()[0], &line[..line.len() - 5]);
    each_is_there_once(&bench, &events).await;
}

#[tokio::test]
async fn a_segment_with_nothing_but_a_torn_line_is_removed() {
    let bench = Bench::new();
    let log = bench.open().await;
    log.append(event(NOON, "A")).unwrap();
    std::fs::write(&bench.segments()[0], b"0123").unwrap();
    drop(log);
    each_is_there_once(&bench, &[]).await;
}

#[tokio::test]
async fn killed_between_the_commit_and_the_journal() {
    let bench = Bench::new();
    let mut events = killed_with_three_events(&bench).await;
    events.push(event(NOON + 3, "D"));
    bench.commit(&events[3]).await;
    // Killed again right after the start: what was added must not be added again.
    drop(bench.open().await);
    each_is_there_once(&bench, &events).await;
}

#[tokio::test]
async fn the_disk_did_not_get_the_journals_last_second() {
    let bench = Bench::new();
    let events = killed_with_three_events(&bench).await;
    std::fs::remove_file(&bench.segments()[0]).unwrap();
    each_is_there_once(&bench, &events[1..2]).await;
}

#[tokio::test]
async fn killed_while_a_file_was_written() {
    let bench = Bench::new();
    let events = killed_with_three_events(&bench).await;
    let sealed = sealed_but_not_forgotten(&bench).await;
    let (index, records) = (sealed.files[0].index(&bench.root), sealed.files[0].records(&bench.root));
    let half = bench.root.join("scratch").join(records.file_name().unwrap());
    std::fs::rename(&records, &half).unwrap();
    std::fs::write(&half, b"\x1f\x8b half").unwrap();
    assert!(index.exists());
    each_is_there_once(&bench, &events).await;
}

#[tokio::test]
async fn killed_between_the_files_and_the_store() {
    let bench = Bench::new();
    let events = killed_with_three_events(&bench).await;
    sealed_but_not_forgotten(&bench).await;
    assert_eq!(bench.records_in_store().await, 1);
    each_is_there_once(&bench, &events).await;
}

#[tokio::test]
async fn killed_between_the_store_and_the_segment() {
    let bench = Bench::new();
    let events = killed_with_three_events(&bench).await;
    let sealed = sealed_but_not_forgotten(&bench).await;
    crate::audit::log::delete_records(&*bench.engine, sealed.spent).await.unwrap();
    assert_eq!(bench.records_in_store().await, 0);
    each_is_there_once(&bench, &events).await;
}

#[tokio::test]
async fn an_older_copy_of_the_store_brings_no_event_back() {
    let bench = Bench::new();
    let events = killed_with_three_events(&bench).await;
    each_is_there_once(&bench, &events).await;
    bench.commit(&events[1]).await;
    each_is_there_once(&bench, &events).await;
}

#[tokio::test]
async fn more_records_than_one_page_are_taken_over() {
    let bench = Bench::new();
    let events: Vec<_> = (0..1203).map(|at| event(NOON + at, "W")).collect();
    for event in &events {
        bench.commit(event).await;
    }
    bench.stop(bench.open().await).await;
    assert_eq!(bench.sealed().len(), events.len());
    assert_eq!(bench.records_in_store().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lines_of_many_threads_do_not_mix() {
    let mut bench = Bench::new();
    bench.settings.segment_bytes = 100_000;
    let log = bench.open().await;
    std::thread::scope(|threads| {
        for thread in 0..8 {
            let log = &log;
            threads.spawn(move || {
                (0..250).for_each(|at| log.append(event(NOON + at, &format!("T{thread}"))).unwrap());
            });
        }
    });
    drop(log);
    assert!(bench.segments().len() > 3);
    bench.stop(bench.open().await).await;
    assert_eq!(bench.sealed().values().sum::<usize>(), 2000);
    assert_eq!(bench.sealed().len(), 2000);
}

#[tokio::test]
async fn a_stop_in_order_seals_what_is_open() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (hand, stop) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(Arc::clone(&log).run(stop));
    tokio::task::yield_now().await;
    log.append(event(NOON, "A")).unwrap();
    hand.send(true).unwrap();
    running.await.unwrap();
    assert_eq!(bench.sealed().len(), 1);
    assert!(bench.segments().is_empty());
    // A straggler is not lost either.
    log.append(event(NOON + 1, "B")).unwrap();
    drop(log);
    assert_eq!(names(&*bench.open().await, everything()).await, ["B", "A"]);
}
