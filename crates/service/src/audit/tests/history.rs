//! Events are found from the moment they are recorded, wherever they have got to meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_base::Timestamp;

use super::{Bench, NOON, by, event, everything, files_below, names, unzipped};
use crate::audit::catalog::{Kind, LogFile};
use crate::audit::search::{Found, Sources, search};
use crate::audit::{AuditEvent, AuditLog, LookupKey, LookupQuery, Position, limits};

/// Asserts the same of the log when all is in memory, when it is in a closed segment, after sealing, and after a
/// restart.
async fn wherever<F: AsyncFn(&AuditLog)>(bench: &Bench, log: Arc<AuditLog>, holds: F) {
    holds(&log).await;
    log.main.close();
    holds(&log).await;
    log.seal_closed().await.unwrap();
    assert!(bench.segments().is_empty());
    holds(&log).await;
    bench.stop(log).await;
    holds(&*bench.open().await).await;
}

#[tokio::test]
async fn events_are_found_by_each_attribute_wherever_they_are() {
    let bench = Bench::new();
    let log = bench.open().await;
    let mut one = event(NOON + 1, "CreateRole");
    one.resources = vec![("AWS::IAM::Role".to_owned(), "ops".to_owned()), ("T".to_owned(), "N".to_owned())];
    one.access_key_id = Some("AKIAEXAMPLE".to_owned());
    let mut two = event(NOON + 2, "GetRole");
    (two.read_only, two.username, two.source) =
        (true, Some("bob".to_owned()), "sts.amazonaws.com".to_owned());
    let mut other = event(NOON + 3, "Elsewhere");
    other.account = "999999999999".parse().unwrap();
    for event in [&one, &two, &other] {
        log.append(event.clone()).unwrap();
    }
    let cases = [
        (LookupKey::EventId, one.id.as_str(), "CreateRole"),
        (LookupKey::EventName, "GetRole", "GetRole"),
        (LookupKey::ReadOnly, "true", "GetRole"),
        (LookupKey::ReadOnly, "false", "CreateRole"),
        (LookupKey::Username, "bob", "GetRole"),
        (LookupKey::ResourceType, "T", "CreateRole"),
        (LookupKey::ResourceName, "ops", "CreateRole"),
        (LookupKey::EventSource, "sts.amazonaws.com", "GetRole"),
        (LookupKey::AccessKeyId, "AKIAEXAMPLE", "CreateRole"),
    ];
    wherever(&bench, log, async |log| {
        assert_eq!(names(log, everything()).await, ["GetRole", "CreateRole"]);
        for (key, value, found) in cases {
            assert_eq!(names(log, by(key, value)).await, [found], "{key} {value}");
        }
        for value in ["getrole", "GetRol", "GetRole ", ""] {
            assert!(names(log, by(LookupKey::EventName, value)).await.is_empty(), "{value}");
        }
        let found = log.lookup(by(LookupKey::EventName, "CreateRole")).await.unwrap();
        assert_eq!(*found.events[0], one, "all of it, to the millisecond");
    })
    .await;
}

#[tokio::test]
async fn start_and_end_are_inclusive_in_whole_seconds() {
    let bench = Bench::new();
    let log = bench.open().await;
    for (at, name) in [(NOON + 999, "A"), (NOON + 1500, "B"), (NOON + 2000, "C")] {
        log.append(event(at, name)).unwrap();
    }
    let span = |start: i64, end: i64| LookupQuery {
        start: Some(Timestamp::from_millis(NOON + start)),
        end: Some(Timestamp::from_millis(NOON + end)),
        ..everything()
    };
    wherever(&bench, log, async |log| {
        assert_eq!(names(log, span(0, 1000)).await, ["B", "A"]);
        assert_eq!(names(log, span(1000, 1000)).await, ["B"]);
        assert_eq!(names(log, span(1001, 2000)).await, ["C"]);
        assert!(names(log, span(3000, 9000)).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_stay_right_while_events_arrive_and_segments_are_sealed() {
    let mut bench = Bench::new();
    bench.settings.memory_events = 40;
    let log = bench.open().await;
    let expected: Vec<String> = (0..300).map(|at| format!("E{at}")).collect();
    for (at, name) in (0..).zip(&expected) {
        // Five in each millisecond.
        log.append(event(NOON + at / 5, name)).unwrap();
    }
    let is_done = Arc::new(AtomicBool::new(false));
    let busy = {
        let (log, is_done) = (Arc::clone(&log), Arc::clone(&is_done));
        tokio::spawn(async move {
            let mut at = NOON + 10_000;
            while !is_done.load(Ordering::SeqCst) {
                for _ in 0..25 {
                    at += 1;
                    log.append(event(at, "Late")).unwrap();
                }
                log.seal_closed().await.unwrap();
            }
        })
    };
    let mut query =
        LookupQuery { max_results: 7, end: Some(Timestamp::from_millis(NOON + 5000)), ..everything() };
    let mut found: Vec<Arc<AuditEvent>> = Vec::new();
    loop {
        let page = log.lookup(query.clone()).await.unwrap();
        assert!(page.events.len() <= 7);
        found.extend(page.events);
        let Some(next) = page.next else { break };
        query.resume = Some(Position::from_token(&next.token(&query), &query).unwrap());
    }
    is_done.store(true, Ordering::SeqCst);
    busy.await.unwrap();
    assert!(
        found.is_sorted_by(|one, other| (one.at, &one.id) > (other.at, &other.id)),
        "newest first, each once"
    );
    let mut names: Vec<_> = found.iter().map(|event| event.name.clone()).collect();
    names.sort_by_key(|name| name[1..].parse::<usize>().unwrap());
    assert_eq!(names, expected);
    assert!(!bench.sealed().is_empty());
}

#[tokio::test]
async fn a_token_is_good_for_its_own_query_only() {
    let query = by(LookupKey::EventName, "A");
    let position = Position::behind(&event(NOON, "A"));
    let token = position.token(&query);
    assert_eq!(Position::from_token(&token, &query).unwrap(), position);
    let more = LookupQuery { max_results: 3, resume: Some(position), ..query.clone() };
    assert!(Position::from_token(&token, &more).is_ok(), "another page of the same query");
    assert!(Position::from_token(&token, &by(LookupKey::EventName, "B")).is_err());
    assert!(Position::from_token(&token, &everything()).is_err());
    for text in ["", "!", "AAAA", &token[..token.len() / 2]] {
        assert!(Position::from_token(text, &query).is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_lookup_opens_no_more_files_than_it_may_and_says_where_to_go_on() {
    let account = everything().account;
    let files = |count: i64| {
        let file = |at: i64| {
            LogFile::of(Kind::Main, &at.to_string(), account, "us-east-1", &[event(NOON + at, "A")])
        };
        let mut files: Vec<_> = (0..count).map(file).collect();
        files.reverse();
        files
    };
    let last = i64::try_from(limits::FILES_PER_LOOKUP).unwrap();
    let in_memory = [NOON + last + 1, NOON - 1].map(|at| Arc::new(event(at, "M"))).to_vec();
    let sources = Sources { root: None, in_memory, segments: Vec::new(), files: files(last + 1) };
    let Ok(Found::Page(page)) = search(&everything(), sources) else { panic!("no page") };
    let instants: Vec<_> = page.events.iter().map(|event| event.at.millis()).collect();
    assert_eq!(instants, [NOON + last + 1], "what lies behind an unread file waits");
    let next = page.next.unwrap();
    assert!(next.is_beyond(&event(NOON, "A")) && !next.is_beyond(&event(NOON + 1, "A")));
}

#[tokio::test]
async fn accounts_and_regions_have_files_of_their_own() {
    let bench = Bench::new();
    let log = bench.open().await;
    let mut events = [event(NOON, "A"), event(NOON, "B"), event(NOON, "C"), event(NOON, "D")];
    events[1].region = "eu-central-1".to_owned();
    events[2].account = "000000000001".parse().unwrap();
    events[3].region = "../../../../../../../tmp/x".to_owned();
    for event in events {
        log.append(event).unwrap();
    }
    bench.stop(log).await;
    let root = bench.root.join("AWSLogs");
    let mut stems: Vec<_> = files_below(&root)
        .iter()
        .map(|path| {
            let text = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            text[..text.rfind('_').unwrap()].to_owned()
        })
        .collect();
    stems.sort();
    let expected = [("000000000001", "us-east-1"), ("123456789012", "eu-central-1")];
    let expected = expected.into_iter().chain([("123456789012", "other"), ("123456789012", "us-east-1")]);
    let expected: Vec<_> = expected
        .map(|(account, region)| {
            format!("{account}/CloudTrail/{region}/2024/05/07/{account}_CloudTrail_{region}_20240507T1200Z")
        })
        .collect();
    assert_eq!(stems, expected);
    assert_eq!(bench.sealed().len(), 4);
}

#[tokio::test]
async fn what_clients_send_breaks_no_line_and_no_file() {
    let bench = Bench::new();
    let log = bench.open().await;
    let hostile = "\r\n\0\u{1b}[2J\"\\\t{\"eventID\":\"forged\"}\n00000000 []\t{}\n\u{2028}\u{fffd}";
    let mut bad = event(NOON, "Bad");
    bad.username = Some(hostile.to_owned());
    bad.resources = vec![(hostile.to_owned(), hostile.to_owned())];
    bad.json = serde_json::json!({ "eventID": bad.id, "userAgent": hostile }).to_string();
    let mut raw = event(NOON + 1, "Raw");
    raw.json = format!("{{\"eventID\":\"{}\",\"userAgent\":\"{hostile}\"}}", raw.id);
    log.append(bad.clone()).unwrap();
    log.append(raw).unwrap();
    drop(log);
    let log = bench.open().await;
    assert_eq!(names(&log, everything()).await, ["Raw", "Bad"]);
    bench.stop(log).await;
    assert_eq!(bench.sealed().into_values().collect::<Vec<_>>(), [1, 1]);
    let [path] = &files_below(&bench.root.join("AWSLogs"))[..] else { panic!("one file") };
    assert_eq!(unzipped(path)["Records"][0]["userAgent"], hostile);
    let log = bench.open().await;
    let found = log.lookup(by(LookupKey::Username, hostile)).await.unwrap();
    assert_eq!(*found.events[0], bad);
}

#[tokio::test]
async fn in_memory_the_latest_events_are_kept_and_the_store_is_cleaned() {
    let mut bench = Bench::new();
    bench.settings.directory = None;
    bench.settings.memory_events = 10;
    let log = bench.open().await;
    for at in 0..25 {
        let event = event(NOON + at, &format!("E{at}"));
        bench.commit(&event).await;
        log.committed(event);
    }
    let expected: Vec<_> = (15..25).rev().map(|at| format!("E{at}")).collect();
    assert_eq!(names(&log, everything()).await, expected);
    log.seal_closed().await.unwrap();
    assert_eq!(bench.records_in_store().await, 0);
    assert!(!bench.root.exists());
}
