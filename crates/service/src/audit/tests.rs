//! A log to try things with, and what its directory holds when looked at from outside.

mod crashes;
mod history;
mod outages;
mod refusals;
mod trace;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_base::Timestamp;
use portcullis_base::world::{FixedClock, SystemEntropy, World};
use portcullis_store::{Engine, MemoryEngine, Range, Transaction, key};

use super::{AuditEvent, AuditLog, AuditSettings, LookupKey, LookupQuery, place};

/// The day on which these tests happen.
pub(super) const NOON: i64 = 1_715_083_200_000;

/// An event of this instant; its id follows from instant and name.
pub(super) fn event(millis: i64, name: &str) -> AuditEvent {
    let id = format!("{millis}-{name}");
    AuditEvent {
        json: format!(r#"{{"eventID":"{id}","eventName":"{name}"}}"#),
        id,
        at: Timestamp::from_millis(millis),
        account: "123456789012".parse().unwrap(),
        region: "us-east-1".to_owned(),
        name: name.to_owned(),
        source: "iam.amazonaws.com".to_owned(),
        read_only: false,
        username: Some("alice".to_owned()),
        access_key_id: None,
        resources: Vec::new(),
    }
}

/// Everything in the account's log.
fn everything() -> LookupQuery {
    let account = "123456789012".parse().unwrap();
    LookupQuery { account, attribute: None, start: None, end: None, max_results: 1000, resume: None }
}

fn by(key: LookupKey, value: &str) -> LookupQuery {
    LookupQuery { attribute: Some((key, value.to_owned())), ..everything() }
}

/// A directory, a store and a clock, which outlive the log as they outlive a process.
struct Bench {
    settings: AuditSettings,
    root: PathBuf,
    engine: Arc<MemoryEngine>,
    clock: Arc<FixedClock>,
}

impl Bench {
    fn new() -> Self {
        let id = super::flood::event_id(&World::system());
        let root = std::env::temp_dir().join(format!("portcullis-audit-{id}"));
        let clock = Arc::new(FixedClock::at(Timestamp::from_millis(NOON)));
        let settings = AuditSettings::new(Some(root.clone()));
        Self { settings, root, engine: Arc::new(portcullis_store::memory()), clock }
    }

    fn world(&self) -> World {
        World { clock: Arc::clone(&self.clock) as _, entropy: Arc::new(SystemEntropy) }
    }

    /// Starts anew. A log that is dropped without more has been killed.
    async fn open(&self) -> Arc<AuditLog> {
        let engine = Arc::clone(&self.engine) as _;
        AuditLog::open(self.settings.clone(), engine, self.world()).await.unwrap()
    }

    /// Ends in order: what `run` does when told to stop.
    async fn stop(&self, log: Arc<AuditLog>) {
        let (_hand, stop) = tokio::sync::watch::channel(true);
        log.run(stop).await;
    }

    /// Commits a write that carries this event.
    async fn commit(&self, event: &AuditEvent) {
        let (key, record) = AuditLog::draft(event);
        self.engine.commit(Transaction::new().put(key, record)).await.unwrap();
    }

    async fn records_in_store(&self) -> usize {
        self.engine.range(Range::prefix(key::EVENTS.as_bytes())).await.unwrap().items.len()
    }

    fn segments(&self) -> Vec<PathBuf> {
        place::files(&self.root.join("journal")).unwrap()
    }

    /// How often each event stands in CloudTrail's files, read as any other program would.
    fn sealed(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for path in files_below(&self.root.join("AWSLogs")) {
            assert!(path.to_str().unwrap().ends_with(".json.gz"), "{path:?}");
            for record in unzipped(&path)["Records"].as_array().unwrap() {
                *counts.entry(record["eventID"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        counts
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn unzipped(path: &Path) -> serde_json::Value {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 1, "only Records");
    value
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    let deeper = place::directories(path).unwrap();
    let below = deeper.iter().flat_map(|directory| files_below(directory));
    place::files(path).unwrap().into_iter().chain(below).collect()
}

async fn names(log: &AuditLog, query: LookupQuery) -> Vec<String> {
    log.lookup(query).await.unwrap().events.iter().map(|event| event.name.clone()).collect()
}
