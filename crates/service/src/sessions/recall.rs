//! What was seen of live sessions' use before this process started, from the event history.
//!
//! Nobody waits for it: sessions are listed from the start on, and their uses are filled in within the time that
//! reading the events takes. Counts and times only ever grow by it, so what is seen meanwhile is not lost.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp};
use serde_json::Value as Json;
use tokio::sync::watch;

use super::{Outcome, Sessions};
use crate::action::Row;
use crate::actions;
use crate::audit::{AuditError, AuditEvent, LookupQuery};
use crate::service::Service;

/// Events that are read at a time.
const PAGE: usize = 1000;

impl Service {
    /// Takes the uses of live sessions before this instant from the event history, once, until told to stop.
    pub async fn recall_uses(self: Arc<Self>, before: Timestamp, stop: watch::Receiver<bool>) {
        let (accounts, since) = self.sessions.beginnings(before);
        for account in accounts {
            if let Err(error) = self.recall_account(account, since, before, &stop).await {
                // A list of sessions without their former uses is no reason not to serve.
                tracing::error!(%error, %account, "former uses of sessions cannot be read");
            }
        }
    }

    async fn recall_account(
        &self,
        account: AccountId,
        since: Timestamp,
        before: Timestamp,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), AuditError> {
        let mut query = LookupQuery {
            account,
            attribute: None,
            start: Some(since.whole_seconds()),
            end: Some(before),
            max_results: PAGE,
            resume: None,
        };
        while !*stop.borrow() {
            let page = self.audit.lookup(query.clone()).await?;
            page.events
                .iter()
                .filter(|event| event.at < before)
                .for_each(|event| self.sessions.recall(event));
            match page.next {
                Some(next) => query.resume = Some(next),
                None => break,
            }
        }
        Ok(())
    }
}

impl Sessions {
    /// The accounts that have sessions, and when the oldest of those was issued.
    fn beginnings(&self, now: Timestamp) -> (BTreeSet<AccountId>, Timestamp) {
        let index = self.index();
        let live = || index.all().filter(|live| live.is_live(now));
        (live().map(|live| live.account).collect(), live().map(|live| live.issued).min().unwrap_or(now))
    }

    /// Sees a use in its event, as [`Sessions::see_request`] saw the request.
    fn recall(&self, event: &AuditEvent) {
        let Some(live) = event.access_key_id.as_deref().and_then(|id| self.held(id)) else { return };
        let name = event.source.split('.').next().unwrap_or_default();
        let Some(service) = actions::service(name) else { return };
        let Ok(record) = serde_json::from_str::<Json>(&event.json) else { return };
        let address = record.get("sourceIPAddress").and_then(Json::as_str);
        let Some(address) = address.and_then(|text| text.parse::<IpAddr>().ok()) else { return };
        let is_item_by_item = actions::row(service, &event.name).is_some_and(Row::is_item_by_item);
        live.see(service, address, outcome(&record, is_item_by_item), event.at);
    }
}

/// What the event tells of the decision.
fn outcome(record: &Json, is_item_by_item: bool) -> Outcome {
    let additional = |name: &str| record.pointer(&format!("/additionalEventData/{name}"));
    let verdicts = additional("decisions").and_then(Json::as_array);
    let mut verdicts = verdicts.into_iter().flatten().map(|decision| decision.get("verdict"));
    match verdicts.next() {
        None if is_item_by_item && record.get("errorCode").is_none() => Outcome::Allowed,
        None => Outcome::Undecided,
        Some(first) => {
            let is_allowed = |verdict: Option<&Json>| verdict.and_then(Json::as_str) == Some("Allow");
            if is_allowed(first) && verdicts.all(is_allowed) { Outcome::Allowed } else { Outcome::Denied }
        }
    }
}
