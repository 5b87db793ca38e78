//! What the events prove of a revocation: what was allowed before, what was denied since, and that nothing was allowed.
//!
//! An event says at which revision of the policies its request was decided. A revocation is a revision too, and so is
//! its end: what lies between is compared by these, and no clock has a say in it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use portcullis_base::{AccountId, Timestamp};
use portcullis_store::record::{ReceiptRecord, ReceiptStyle, RevocationTarget, WrittenPart};
use serde_json::Value as Json;

use crate::action::Row;
use crate::actions;
use crate::audit::{AuditError, AuditEvent, Trace, Witness};
use crate::service::Service;
use crate::snapshot::{Snapshot, revocation};

/// How far an event's instant can be from where its revision would put it. A clock that is set back further is told by
/// the log itself.
const MARGIN: Duration = Duration::from_hours(1);
/// No session lives longer.
const SESSION_MAX: Duration = Duration::from_hours(36);
/// Requests that were allowed although they must not be which are kept.
const SINCE_MAX: usize = 1000;

/// What is looked for.
pub struct Question<'a> {
    /// What happened.
    pub receipt: &'a ReceiptRecord,
    /// The revision from which on it cut off.
    pub cutoff: u64,
    /// The revision from which on it did no more.
    pub end: Option<u64>,
    /// In whose log single requests are shown; absent for all. Those of others are only counted.
    pub shown_to: Option<AccountId>,
}

/// A request as its event has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When it ended.
    pub at: Timestamp,
    /// The action.
    pub name: String,
    /// The service.
    pub source: String,
    /// The key that signed.
    pub access_key_id: String,
    /// Its request id.
    pub request_id: String,
    /// From where it came.
    pub source_ip: String,
    /// The revision at which it was decided, if the event says so.
    pub revision: Option<u64>,
}

/// What was found.
pub struct Proof {
    /// The last that was allowed before.
    pub last_allowed: Option<Seen>,
    /// The first that was denied by it.
    pub first_denied: Option<Seen>,
    /// How many were allowed while it was in force: there must be none.
    pub since: usize,
    /// Those of them that are shown.
    pub shown_since: Vec<Seen>,
    /// Whether there can be no other that was.
    pub is_complete: bool,
}

#[derive(Clone)]
struct Search {
    /// What the events call it.
    id: String,
    at: Timestamp,
    cutoff: u64,
    end: Option<u64>,
    /// What was written into policies, if that is how it denies.
    written: Option<Arc<[WrittenPart]>>,
    last_allowed: Option<Seen>,
    first_denied: Option<Seen>,
    since: BTreeMap<(Timestamp, String), Option<Seen>>,
    shown_to: Option<AccountId>,
    /// Whether there were more, or some of which it is not known whether they came before.
    is_more: bool,
    /// Whether only the last that was allowed is looked for.
    is_for_last: bool,
}

impl Service {
    /// Looks through the events of those whom the receipt names.
    ///
    /// # Errors
    /// When events cannot be read.
    pub async fn proof(&self, snapshot: &Snapshot, question: &Question<'_>) -> Result<Proof, AuditError> {
        let receipt = question.receipt;
        let ended = receipt.state.ended();
        let trace = Trace {
            accounts: accounts(snapshot, receipt),
            keys: Arc::new(keys(receipt)),
            start: receipt.at.minus(MARGIN),
            end: ended.map(|ended| ended.plus(MARGIN)),
        };
        let (mut found, is_complete) = self.audit.trace(trace.clone(), Search::of(question)).await?;
        if found.last_allowed.is_none() {
            let is_session = !matches!(receipt.target, RevocationTarget::AccessKey(_));
            let start = if is_session { receipt.at.minus(SESSION_MAX) } else { Timestamp::EPOCH };
            let before = Trace { start, end: Some(receipt.at), ..trace };
            let search = Search { is_for_last: true, ..Search::of(question) };
            found.last_allowed = self.audit.trace(before, search).await?.0.last_allowed;
        }
        Ok(Proof {
            last_allowed: found.last_allowed,
            first_denied: found.first_denied,
            is_complete: is_complete && !found.is_more && receipt.names_all(),
            since: found.since.len(),
            shown_since: found.since.into_values().flatten().collect(),
        })
    }
}

/// The keys that were cut off.
fn keys(receipt: &ReceiptRecord) -> HashSet<String> {
    let hits = receipt.hits.iter().map(|hit| hit.access_key_id.to_string());
    let own = match &receipt.target {
        RevocationTarget::Session(id) | RevocationTarget::AccessKey(id) => Some(id.to_string()),
        _ => None,
    };
    hits.chain(own).collect()
}

/// The accounts in which they act; nothing if one cannot be told: the id of a key that was given may say anything.
fn accounts(snapshot: &Snapshot, receipt: &ReceiptRecord) -> Option<BTreeSet<AccountId>> {
    let hits = receipt.hits.iter().map(|hit| hit.access_key_id.account());
    let own = match &receipt.target {
        RevocationTarget::Session(id) => Some(id.account()),
        RevocationTarget::AccessKey(id) => Some(snapshot.access_key(id).map(|key| key.account)),
        _ => None,
    };
    hits.chain(own).collect()
}

impl Search {
    fn of(question: &Question<'_>) -> Self {
        let Question { receipt, cutoff, end, shown_to } = *question;
        Self {
            id: revocation::id(&receipt.target, receipt.number),
            at: receipt.at,
            cutoff,
            end,
            written: (receipt.style == ReceiptStyle::Aws).then(|| receipt.written.clone().into()),
            last_allowed: None,
            first_denied: None,
            since: BTreeMap::new(),
            shown_to,
            is_more: false,
            is_for_last: false,
        }
    }

    /// Whether the decision is a denial by this.
    fn denies(&self, decision: &Json) -> bool {
        let text =
            |of: &Json, member: &str| of.get(member).and_then(Json::as_str).unwrap_or_default().to_owned();
        let verdict = text(decision, "verdict");
        let statements = decision.get("statements").and_then(Json::as_array);
        statements.into_iter().flatten().any(|statement| match &self.written {
            None => verdict == "ExplicitDeny:Revocation" && text(statement, "policy") == self.id,
            Some(parts) => {
                let (policy, sid) = (text(statement, "policy"), text(statement, "statement"));
                let is_it = |name: &str| sid == name || policy.rsplit('/').next() == Some(name);
                verdict.starts_with("ExplicitDeny:") && parts.iter().any(|part| is_it(&part.name))
            }
        })
    }

    fn came_of(&self, event: &AuditEvent, record: &Json) -> Came {
        let decisions = record.pointer("/additionalEventData/decisions").and_then(Json::as_array);
        let decisions: &[Json] = decisions.map(Vec::as_slice).unwrap_or_default();
        if decisions.iter().any(|decision| self.denies(decision)) {
            return Came::DeniedByThis;
        }
        let is_refused = record.get("errorCode").is_some();
        let allows = |decision: &Json| decision.get("verdict").and_then(Json::as_str) == Some("Allow");
        let service = event.source.split('.').next().and_then(actions::service);
        let row = service.and_then(|service| actions::row(service, &event.name));
        let is_item_by_item = row.is_some_and(Row::is_item_by_item);
        // Of one that asks for each of its items, the event names the refusals alone.
        let is_allowed = match decisions {
            [] => is_item_by_item && !is_refused,
            all => all.iter().all(allows) || !is_refused,
        };
        if is_allowed { Came::Allowed } else { Came::Otherwise }
    }
}

/// What came of a request.
enum Came {
    Allowed,
    DeniedByThis,
    Otherwise,
}

impl Witness for Search {
    fn see(&mut self, event: &AuditEvent) {
        let Ok(record) = serde_json::from_str::<Json>(&event.json) else {
            self.is_more = true;
            return;
        };
        let revision = record.pointer("/additionalEventData/revision").and_then(Json::as_u64);
        let is_shown = self.shown_to.is_none_or(|account| account == event.account);
        let seen = || is_shown.then(|| seen(event, &record, revision));
        match (self.came_of(event, &record), revision) {
            (Came::Otherwise, _) | (Came::DeniedByThis, None) => {}
            (Came::Allowed, None) if event.at >= self.at => self.is_more = true,
            (Came::Allowed, revision) if revision.is_none_or(|revision| revision < self.cutoff) => {
                if self.last_allowed.as_ref().is_none_or(|last| last.at <= event.at) {
                    self.last_allowed = seen().or(self.last_allowed.take());
                }
            }
            (_, Some(revision)) if self.end.is_some_and(|end| revision >= end) => {}
            (Came::Allowed, _) if self.since.len() >= SINCE_MAX => self.is_more = true,
            (Came::Allowed, _) => {
                self.since.insert((event.at, event.id.clone()), seen());
            }
            (Came::DeniedByThis, _) => {
                if self.first_denied.as_ref().is_none_or(|first| first.at > event.at) {
                    self.first_denied = seen().or(self.first_denied.take());
                }
            }
        }
    }

    fn has_enough(&self, newest: Timestamp) -> bool {
        self.is_for_last && self.last_allowed.as_ref().is_some_and(|last| last.at > newest)
    }
}

fn seen(event: &AuditEvent, record: &Json, revision: Option<u64>) -> Seen {
    let text = |name: &str| record.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    Seen {
        at: event.at,
        name: event.name.clone(),
        source: event.source.clone(),
        access_key_id: event.access_key_id.clone().unwrap_or_default(),
        request_id: text("requestID"),
        source_ip: text("sourceIPAddress"),
        revision,
    }
}
