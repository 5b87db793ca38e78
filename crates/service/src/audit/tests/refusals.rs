//! Refusals of unauthenticated requests: anybody can send them, so they must not cost much, nor crowd out others.

use std::net::{IpAddr, Ipv4Addr};

use portcullis_base::Timestamp;

use super::{Bench, NOON, by, event, everything, names};
use crate::audit::{AuditEvent, AuditLog, LookupKey, LookupQuery};

const SUMMARY: &str = "UnauthenticatedRequestsRefused";

fn source(number: u32) -> IpAddr {
    Ipv4Addr::from(0x0a00_0000 + number).into()
}

fn refuse(log: &AuditLog, from: u32, number: i64) {
    log.append_unauthenticated(source(from), event(NOON + number, "Refused")).unwrap();
}

async fn summaries(log: &AuditLog) -> Vec<AuditEvent> {
    let page = log.lookup(by(LookupKey::EventName, SUMMARY)).await.unwrap();
    page.events.iter().map(|event| AuditEvent::clone(event)).collect()
}

fn told(summary: &AuditEvent) -> (String, u64) {
    let record: serde_json::Value = serde_json::from_str(&summary.json).unwrap();
    assert_eq!(record["eventType"], "AwsServiceEvent");
    let source = record["sourceIPAddress"].as_str().unwrap().to_owned();
    (source, record["serviceEventDetails"]["refusedRequests"].as_u64().unwrap())
}

#[tokio::test]
async fn beyond_a_hundred_a_second_they_are_counted_for_source_and_minute() {
    let bench = Bench::new();
    let log = bench.open().await;
    (0..100).for_each(|number| refuse(&log, 1, number));
    (100..130).for_each(|number| refuse(&log, 1, number));
    (130..150).for_each(|number| refuse(&log, 2, number));
    assert_eq!(names(&log, by(LookupKey::EventName, "Refused")).await.len(), 100);
    log.tell_counts(crate::audit::flood::Everything::No);
    assert!(summaries(&log).await.is_empty(), "the minute is not over");
    // The next second has room again.
    bench.clock.set(Timestamp::from_millis(NOON + 1000));
    refuse(&log, 1, 1000);
    assert_eq!(names(&log, by(LookupKey::EventName, "Refused")).await.len(), 101);
    bench.clock.set(Timestamp::from_millis(NOON + 60_000));
    log.tell_counts(crate::audit::flood::Everything::No);
    let mut counts: Vec<_> = summaries(&log).await.iter().map(told).collect();
    counts.sort();
    assert_eq!(counts, [("10.0.0.1".to_owned(), 30), ("10.0.0.2".to_owned(), 20)]);
    log.tell_counts(crate::audit::flood::Everything::No);
    assert_eq!(summaries(&log).await.len(), 2, "told once");
}

#[tokio::test]
async fn sources_beyond_the_bound_are_counted_together_and_none_is_lost_at_the_stop() {
    let mut bench = Bench::new();
    bench.settings.unauthenticated_per_second = 0;
    bench.settings.unauthenticated_sources = 10;
    let log = bench.open().await;
    (0..1000).for_each(|number| refuse(&log, number, i64::from(number)));
    bench.stop(log).await;
    let mut counts: Vec<_> = summaries(&*bench.open().await).await.iter().map(told).collect();
    counts.sort();
    assert_eq!(counts.len(), 11);
    assert_eq!(counts.pop(), Some(("other sources".to_owned(), 990)));
    assert!(counts.iter().all(|(_, count)| *count == 1));
}

#[tokio::test]
async fn their_space_is_bounded_and_the_others_keep_theirs() {
    let mut bench = Bench::new();
    bench.settings.unauthenticated_bytes = 4000;
    let log = bench.open().await;
    log.append(event(NOON, "Write")).unwrap();
    log.main.close();
    for round in 0..20 {
        bench.clock.set(Timestamp::from_millis(NOON + round * 1000));
        refuse(&log, 1, round);
        log.refused.close();
        log.seal_closed().await.unwrap();
    }
    let found = names(&log, LookupQuery { max_results: 100, ..everything() }).await;
    let refused = found.len() - 1;
    assert!((2..20).contains(&refused), "{refused}");
    assert_eq!(found.last().unwrap(), "Write");
    assert_eq!(bench.sealed().len(), found.len());
    // The sizes are known again after a start.
    let log = bench.open().await;
    log.seal_closed().await.unwrap();
    assert_eq!(names(&log, everything()).await, found);
    drop(log);
    bench.settings.unauthenticated_bytes = 0;
    let log = bench.open().await;
    log.seal_closed().await.unwrap();
    assert_eq!(names(&log, everything()).await, ["Write"]);
    assert_eq!(bench.sealed().len(), 1);
}

#[tokio::test]
async fn while_sealing_is_behind_they_are_only_counted() {
    let mut bench = Bench::new();
    bench.settings.segment_bytes = 1;
    let log = bench.open().await;
    (0..50).for_each(|number| refuse(&log, 1, number));
    assert!(bench.segments().len() <= 5);
    let recorded = names(&log, by(LookupKey::EventName, "Refused")).await.len();
    log.tell_counts(crate::audit::flood::Everything::Yes);
    let (_, counted) = told(&summaries(&log).await[0]);
    assert_eq!(recorded as u64 + counted, 50);
}

#[tokio::test]
async fn kills_in_quick_succession_lose_none() {
    let bench = Bench::new();
    for number in 0..20 {
        bench.clock.set(Timestamp::from_millis(NOON + number * 1000));
        refuse(&*bench.open().await, 1, number);
    }
    let log = bench.open().await;
    assert_eq!(names(&log, by(LookupKey::EventName, "Refused")).await.len(), 20);
}
