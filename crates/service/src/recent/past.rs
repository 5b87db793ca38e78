//! What the event history tells of requests that were made before the start.
//!
//! An event has the permissions that were asked and what came of them, but not their condition keys. So a request that
//! is put together from it counts only as long as it is decided as the event says that it was.

use std::net::IpAddr;

use portcullis_base::{AccessKeyId, AccountId, Value};
use serde_json::Value as Json;

use super::{Made, NEEDS_MAX, Needed, REQUESTS_MAX, Recent};
use crate::actions;
use crate::audit::{AuditError, AuditEvent, AuditLog, LookupQuery};
use crate::error::Family;
use crate::port::Facts;
use crate::preview::guarded;
use crate::snapshot::Snapshot;

/// Events of an account that are looked at.
const EVENTS_MAX: usize = 2_000;

impl Recent {
    /// Takes up what the event history tells.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn take_up(audit: &AuditLog, snapshot: &Snapshot) -> Result<Self, AuditError> {
        let (recent, mut left) = (Self::default(), REQUESTS_MAX);
        let others = snapshot.accounts.all().map(|account| account.id).filter(|id| *id != snapshot.account);
        for account in std::iter::once(snapshot.account).chain(others) {
            let query = LookupQuery {
                account,
                attribute: None,
                start: None,
                end: None,
                max_results: EVENTS_MAX.min(left),
                resume: None,
            };
            let page = audit.lookup(query).await?;
            left = left.saturating_sub(page.events.len());
            let made = page.events.iter().rev().filter_map(|event| made(snapshot, account, event));
            made.for_each(|made| recent.add(made));
            if left == 0 {
                break;
            }
        }
        Ok(recent)
    }
}

/// The request of an event, if it tells enough.
pub fn made(snapshot: &Snapshot, account: AccountId, event: &AuditEvent) -> Option<Made> {
    let record: Json = serde_json::from_str(&event.json).ok()?;
    let text = |name: &str| record.get(name)?.as_str().map(str::to_owned);
    let identity = record.get("userIdentity")?;
    // The copy for another account tells less.
    if identity.get("accountId")?.as_str()? != account.to_string() {
        return None;
    }
    let key: AccessKeyId = identity.get("accessKeyId")?.as_str()?.parse().ok()?;
    let holder =
        identity.pointer("/sessionContext/sessionIssuer/principalId").or(identity.get("principalId"));
    let decisions = record.pointer("/additionalEventData/decisions")?.as_array()?;
    let served =
        |name: &str| actions::all().flat_map(|row| row.permission.names()).find(|held| *held == name);
    let mut needs = Vec::new();
    for decision in decisions.iter().take(NEEDS_MAX) {
        let action = served(decision.get("action")?.as_str()?)?;
        let resource = decision.get("resource")?.as_str()?.to_owned();
        needs.push(Needed::of(guarded(snapshot, action, resource, account)));
    }
    let is_allowed = decisions.iter().all(|decision| decision.get("verdict").is_some_and(|it| it == "Allow"));
    let service = event.source.split('.').next().unwrap_or_default();
    Some(Made {
        at: event.at,
        arn: identity.get("arn")?.as_str()?.to_owned(),
        account: Some(account),
        key: Some(key),
        holder: holder.and_then(Json::as_str).and_then(|id| id.split(':').next()?.parse().ok()),
        facts: Facts {
            request_id: text("requestID")?,
            source_ip: text("sourceIPAddress")?.parse::<IpAddr>().ok()?,
            user_agent: text("userAgent"),
            referer: None,
            secure: record.get("tlsDetails").is_some(),
            host: String::new(),
            region: event.region.clone(),
            headers: Vec::new(),
            min_revision: None,
        },
        family: Family::of(service),
        tags: Value::structure(),
        needs: (!needs.is_empty()).then_some(needs)?,
        was_allowed: Some(is_allowed),
    })
}
