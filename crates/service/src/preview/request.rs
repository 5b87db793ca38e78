//! Requests that were made lately, decided again: as they were made, before and after.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use portcullis_base::{AccessKeyId, Timestamp, Value};
use portcullis_store::Key;

use super::session::{Scene, opened};
use super::shown;
use super::stand::{Answer, Manner, Stand};
use crate::credential::Opened;
use crate::error::ApiError;
use crate::recent::Made;
use crate::service::Service;
use crate::snapshot::Snapshot;

/// Credentials that are read from the store.
const OPENED_MAX: usize = 2_000;
/// Requests that are listed; all are counted.
const LISTED_MAX: usize = 200;

/// Requests with the credentials that made them.
pub struct Requests {
    made: Vec<Arc<Made>>,
    opened: HashMap<AccessKeyId, Option<Opened>>,
}

/// Requests that would be decided otherwise, by who made it, for what, with how often.
type Turned = BTreeMap<(String, String, String), (Arc<Made>, Answer, Answer, usize)>;

/// Who made a request cannot be told any more.
struct NotKnown;

/// What becomes of recent requests.
#[derive(Default)]
pub struct Replayed {
    turned: Turned,
    count: usize,
    looked_at: usize,
    unknown: usize,
    since: Option<Timestamp>,
}

/// The credential with this key, as far as it is known.
///
/// # Errors
/// 503 when the store fails.
pub async fn of_key(
    service: &Service,
    snapshot: &Snapshot,
    key: &AccessKeyId,
) -> Result<Option<Opened>, ApiError> {
    match snapshot.access_key(key) {
        Some(held) => Ok(Some(Opened::LongTerm(Arc::clone(held)))),
        None => opened(service, &Key::session(key)).await,
    }
}

impl Requests {
    /// Finds who made them.
    ///
    /// # Errors
    /// 503 when the store fails.
    pub async fn of(service: &Service, snapshot: &Snapshot, made: Vec<Arc<Made>>) -> Result<Self, ApiError> {
        let mut opened = HashMap::new();
        for key in made.iter().filter_map(|made| made.key.as_ref()) {
            if opened.len() < OPENED_MAX && !opened.contains_key(key) {
                opened.insert(key.clone(), of_key(service, snapshot, key).await?);
            }
        }
        Ok(Self { made, opened })
    }

    /// The credential that made a request; none for one that was not signed.
    fn opened(&self, made: &Made) -> Result<Option<&Opened>, NotKnown> {
        let Some(key) = &made.key else { return Ok(None) };
        self.opened.get(key).and_then(Option::as_ref).map(Some).ok_or(NotKnown)
    }

    /// Decides them again; `tell` hears of every permission that turns, with the key that signed.
    pub fn replayed(
        &self,
        scene: &Scene<'_>,
        mut tell: impl FnMut(&AccessKeyId, &str, &str, &Answer, &Answer),
    ) -> Replayed {
        let mut replayed =
            Replayed { since: self.made.iter().map(|made| made.at).min(), ..Replayed::default() };
        for made in &self.made {
            let Ok(opened) = self.opened(made) else {
                replayed.unknown += 1;
                continue;
            };
            let [before, after] = answers(scene, made, opened);
            let is_allowed = before.iter().all(Answer::is_allow);
            if made.was_allowed.is_some_and(|was| was != is_allowed) {
                replayed.unknown += 1;
                continue;
            }
            replayed.looked_at += 1;
            let both = made.needs.iter().zip(before.iter().zip(&after));
            let mut turned = both.filter(|(_, (was, is))| was.is_allow() != is.is_allow());
            if let Some((needed, (was, is))) = turned.next() {
                replayed.count += 1;
                let need = &needed.need;
                if let Some(key) = &made.key {
                    tell(key, need.action, &need.resource, was, is);
                }
                let place = (made.arn.clone(), need.action.to_owned(), need.resource.clone());
                let first = || (Arc::clone(made), was.clone(), is.clone(), 0);
                replayed.turned.entry(place).or_insert_with(first).3 += 1;
            }
        }
        replayed
    }
}

fn answers(scene: &Scene<'_>, made: &Made, opened: Option<&Opened>) -> [Vec<Answer>; 2] {
    let manner = Manner { facts: &made.facts, input: &made.tags, family: made.family, now: made.at };
    [scene.before, scene.after].map(|snapshot| decided(scene.service, snapshot, made, opened, manner))
}

/// How each permission of a request is decided in a snapshot.
pub fn decided(
    service: &Service,
    snapshot: &Snapshot,
    made: &Made,
    opened: Option<&Opened>,
    manner: Manner<'_>,
) -> Vec<Answer> {
    let stand = Stand::of(service, snapshot, opened, manner);
    let needs = made.needs.iter().map(|needed| Some(needed.in_snapshot(snapshot)));
    stand.answers(needs).into_iter().flatten().collect()
}

impl Replayed {
    /// Adds what is told of them.
    pub fn shown(&self, answer: Value) -> Value {
        let mut turned: Vec<_> = self.turned.iter().collect();
        turned.sort_by_key(|(_, (made, ..))| std::cmp::Reverse(made.at));
        let rows = turned.iter().take(LISTED_MAX).map(|((arn, action, resource), (made, was, is, times))| {
            let row = Value::structure()
                .with("RequestId", made.facts.request_id.as_str())
                .with("Time", made.at)
                .with("Arn", if arn.is_empty() { "anonymous" } else { arn.as_str() })
                .with("Times", shown::count(*times));
            shown::turned(row, action, resource, was, is)
        });
        answer
            .with("Requests", rows.collect::<Value>())
            .with("RequestsTurned", shown::count(self.count))
            .with_some("RequestsSince", self.since)
            .with("RequestsLookedAt", shown::count(self.looked_at))
            .with("RequestsNotKnown", shown::count(self.unknown))
    }
}
