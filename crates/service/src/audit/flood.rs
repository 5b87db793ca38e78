//! Refusals of unauthenticated requests, once there are too many to record each: anybody can send them, so they
//! must cost little. They are counted per source and minute; when the minute is over, one event tells the count.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use portcullis_base::world::World;
use portcullis_base::{AccountId, Timestamp};
use serde_json::json;

use super::{AuditEvent, AuditSettings};

/// Decides which refusals are recorded, and counts the others.
pub(super) struct Flood {
    per_second: u32,
    sources_max: usize,
    world: World,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    second: i64,
    in_second: u32,
    // INVARIANT: at most `sources_max` entries with a source, and one without for each minute among them.
    counts: HashMap<(i64, Option<IpAddr>), Count>,
}

struct Count {
    requests: u64,
    first: Timestamp,
    last: Timestamp,
    account: AccountId,
    region: String,
}

impl Flood {
    pub(super) fn new(settings: &AuditSettings, world: World) -> Self {
        Self {
            per_second: settings.unauthenticated_per_second,
            sources_max: settings.unauthenticated_sources,
            world,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more refusal may be recorded by itself in this second.
    pub(super) fn admits(&self) -> bool {
        let second = self.world.clock.now().seconds();
        let mut state = self.state();
        if state.second != second {
            (state.second, state.in_second) = (second, 0);
        }
        let admits = state.in_second < self.per_second;
        state.in_second = state.in_second.saturating_add(1);
        admits
    }

    /// Counts one.
    pub(super) fn count(&self, source: IpAddr, event: &AuditEvent) {
        let now = self.world.clock.now();
        let minute = now.seconds().div_euclid(60);
        let mut state = self.state();
        let has_room =
            state.counts.len() < self.sources_max || state.counts.contains_key(&(minute, Some(source)));
        let count = state.counts.entry((minute, has_room.then_some(source))).or_insert_with(|| Count {
            requests: 0,
            first: now,
            last: now,
            account: event.account,
            region: event.region.clone(),
        });
        count.requests += 1;
        count.last = now.max(count.last);
    }

    /// The events of the minutes that are over, or of all.
    pub(super) fn finished(&self, everything: Everything) -> Vec<AuditEvent> {
        let minute = self.world.clock.now().seconds().div_euclid(60);
        let finished: Vec<_> = {
            let mut state = self.state();
            let is_over =
                |(other, _): &(i64, _), _: &mut _| everything == Everything::Yes || *other != minute;
            state.counts.extract_if(is_over).collect()
        };
        finished.into_iter().map(|((_, source), count)| self.summary(source, &count)).collect()
    }

    fn summary(&self, source: Option<IpAddr>, count: &Count) -> AuditEvent {
        let id = event_id(&self.world);
        let address = source.map_or_else(|| "other sources".to_owned(), |source| source.to_string());
        let record = json!({
            "eventVersion": "1.11",
            "userIdentity": { "type": "Unknown" },
            "eventTime": count.last.iso_seconds(),
            "eventSource": SOURCE,
            "eventName": NAME,
            "awsRegion": count.region,
            "sourceIPAddress": address,
            "userAgent": SOURCE,
            "requestParameters": null,
            "responseElements": null,
            "eventID": id,
            "readOnly": true,
            "eventType": "AwsServiceEvent",
            "managementEvent": true,
            "eventCategory": "Management",
            "recipientAccountId": count.account.to_string(),
            "serviceEventDetails": {
                "refusedRequests": count.requests,
                "firstRefused": count.first.iso_seconds(),
                "lastRefused": count.last.iso_seconds(),
            },
        });
        AuditEvent {
            id,
            at: count.last,
            account: count.account,
            region: count.region.clone(),
            name: NAME.to_owned(),
            source: SOURCE.to_owned(),
            read_only: true,
            username: None,
            access_key_id: None,
            resources: Vec::new(),
            json: record.to_string(),
        }
    }
}

/// What the event of a count is called.
const NAME: &str = "UnauthenticatedRequestsRefused";
/// Who tells it.
const SOURCE: &str = "portcullis";

/// Whether the minute that still runs is told as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Everything {
    Yes,
    No,
}

/// A new id for an event: a random UUID (RFC 9562, version 4).
pub(super) fn event_id(world: &World) -> String {
    let mut bytes = [0; 16];
    world.entropy.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
