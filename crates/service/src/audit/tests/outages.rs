//! A disk that takes nothing costs requests, not the process and not an event; and what is old goes.

use std::time::Duration;

use portcullis_base::Timestamp;

use super::{Bench, NOON, event, everything, files_below, names};
use crate::audit::{AuditError, limits};

#[tokio::test]
async fn a_full_disk_refuses_the_event_and_the_next_one_is_tried_anew() {
    let bench = Bench::new();
    let log = bench.open().await;
    log.append(event(NOON, "Before")).unwrap();
    log.main.fill_disk();
    let refused = log.append(event(NOON + 1, "Refused")).unwrap_err();
    assert!(
        matches!(refused, AuditError::File { ref source, .. } if source.raw_os_error() == Some(28)),
        "{refused:?}"
    );
    assert_eq!(names(&log, everything()).await, ["Before"]);
    log.append(event(NOON + 2, "After")).unwrap();
    assert_eq!(names(&log, everything()).await, ["After", "Before"]);
    bench.stop(log).await;
    assert_eq!(bench.sealed().len(), 2);
}

#[tokio::test]
async fn events_of_committed_writes_wait_until_the_journal_takes_them() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (journal, away) = (bench.root.join("journal"), bench.root.join("away"));
    std::fs::rename(&journal, &away).unwrap();
    assert!(log.append(event(NOON, "Read")).is_err());
    for at in 1..4 {
        let event = event(NOON + at, "Write");
        bench.commit(&event).await;
        log.committed(event);
    }
    assert!(log.main.write_waiting().is_err());
    assert_eq!(names(&log, everything()).await, ["Write"; 3], "they are found meanwhile");
    std::fs::rename(&away, &journal).unwrap();
    log.main.write_waiting().unwrap();
    assert_eq!(names(&log, everything()).await, ["Write"; 3]);
    bench.stop(log).await;
    assert_eq!(bench.sealed().into_values().collect::<Vec<_>>(), [1; 3]);
    assert_eq!(bench.records_in_store().await, 0);
}

#[tokio::test]
async fn too_many_waiting_events_refuse_further_writes_and_the_store_keeps_them() {
    let bench = Bench::new();
    let log = bench.open().await;
    let (journal, away) = (bench.root.join("journal"), bench.root.join("away"));
    std::fs::rename(&journal, &away).unwrap();
    let waiting = i64::try_from(limits::UNWRITTEN).unwrap();
    for at in 0..waiting {
        log.ready().unwrap();
        log.committed(event(NOON + at, "Write"));
    }
    assert!(matches!(log.ready(), Err(AuditError::Behind { waiting: 10_000 })));
    let late = event(NOON + waiting, "Late");
    bench.commit(&late).await;
    log.committed(late.clone());
    assert_eq!(log.main.waiting(), limits::UNWRITTEN);
    std::fs::rename(&away, &journal).unwrap();
    log.main.write_waiting().unwrap();
    log.ready().unwrap();
    bench.stop(log).await;
    bench.stop(bench.open().await).await;
    assert_eq!(bench.sealed().len(), limits::UNWRITTEN + 1);
    assert_eq!(bench.sealed().get(&late.id), Some(&1));
}

#[tokio::test]
async fn a_segment_that_cannot_be_sealed_stays_and_is_sealed_later() {
    let bench = Bench::new();
    let log = bench.open().await;
    let written = event(NOON, "A");
    bench.commit(&written).await;
    log.committed(written);
    log.main.close();
    let logs = bench.root.join("AWSLogs");
    std::fs::remove_dir(&logs).unwrap();
    std::fs::write(&logs, b"in the way").unwrap();
    assert!(log.seal_closed().await.is_err());
    assert_eq!((bench.segments().len(), bench.records_in_store().await), (1, 1));
    assert_eq!(names(&log, everything()).await, ["A"]);
    std::fs::remove_file(&logs).unwrap();
    log.seal_closed().await.unwrap();
    assert_eq!((bench.segments().len(), bench.records_in_store().await), (0, 0));
    assert_eq!(bench.sealed().len(), 1);
    assert_eq!(names(&log, everything()).await, ["A"]);
}

const DAY: i64 = 24 * 3_600_000;

#[tokio::test]
async fn files_older_than_the_retention_go_and_nothing_outside_does() {
    let mut bench = Bench::new();
    bench.settings.retention = Duration::from_hours(48);
    let log = bench.open().await;
    for (days, name) in [(0, "Old"), (1, "Kept"), (3, "New")] {
        log.append(event(NOON + days * DAY, name)).unwrap();
        log.main.close();
    }
    log.seal_closed().await.unwrap();
    // Links that a careless or hostile hand made: a whole account, and a file among the old ones.
    let outside = bench.root.join("outside");
    let precious = outside.join("CloudTrail/us-east-1/2024/05/01/precious.json.gz");
    std::fs::create_dir_all(precious.parent().unwrap()).unwrap();
    std::fs::write(&precious, b"").unwrap();
    std::os::unix::fs::symlink(&outside, bench.root.join("AWSLogs/000000000002")).unwrap();
    let day = bench.root.join("AWSLogs/123456789012/CloudTrail/us-east-1/2024/05/07");
    std::os::unix::fs::symlink(&precious, day.join("link.json.gz")).unwrap();
    bench.clock.set(Timestamp::from_millis(NOON + 3 * DAY));
    let root = bench.root.clone();
    let settings = bench.settings.clone();
    crate::audit::retain::retain(&root, &log.catalog, &settings, Timestamp::from_millis(NOON + 3 * DAY))
        .unwrap();
    assert!(precious.exists());
    assert!(day.join("link.json.gz").is_symlink());
    assert_eq!(files_below(&day), Vec::<std::path::PathBuf>::new());
    assert_eq!(names(&log, everything()).await, ["New", "Kept"]);
    assert_eq!(files_below(&root.join("index")).len(), 2);
    assert!(!root.join("index/123456789012/us-east-1/2024/05/07").exists());
    assert_eq!(names(&*bench.open().await, everything()).await, ["New", "Kept"]);
}

#[tokio::test]
async fn a_segment_that_somebody_took_away_is_missed_and_not_looked_for_for_ever() {
    let bench = Bench::new();
    let log = bench.open().await;
    log.append(event(NOON, "Taken")).unwrap();
    log.main.close();
    for path in files_below(&bench.root.join("journal")) {
        std::fs::remove_file(path).unwrap();
    }
    assert!(matches!(log.lookup(everything()).await, Err(AuditError::Missing)));
}
