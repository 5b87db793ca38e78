//! An event by the id of its request, as it stands in a log line, or by its own.

use std::sync::Arc;

use portcullis_base::{AccessKeyId, AccountId};

use super::viewer::Viewer;
use crate::audit::{AuditEvent, LookupKey, LookupQuery, event_id_of};
use crate::error::ApiError;
use crate::flow::Prospect;

/// Pages of the event history that are asked for one event.
const PAGES_MAX: usize = 64;

/// The event with this id, or of the request with this id, in the history of an account that the caller sees.
///
/// # Errors
/// 503 when the history cannot be read.
pub async fn find(prospect: &Prospect, id: &str) -> Result<Option<Arc<AuditEvent>>, ApiError> {
    let viewer = Viewer::of(&prospect.ask());
    let (own, limit) = (viewer.account, viewer.limit());
    let others = prospect.snapshot.accounts.all().map(|other| other.id);
    let others = others.filter(|other| limit.is_none() && *other != own);
    let accounts: Vec<AccountId> = std::iter::once(own).chain(others).collect();
    // What came in with a request carries its id; the event's own id is beside it in the record.
    for event_id in [event_id_of(id), id.to_owned()] {
        for account in &accounts {
            if let Some(event) = in_history(prospect, *account, &event_id).await? {
                return Ok(Some(event));
            }
        }
    }
    Ok(None)
}

async fn in_history(
    prospect: &Prospect,
    account: AccountId,
    event_id: &str,
) -> Result<Option<Arc<AuditEvent>>, ApiError> {
    let mut query = LookupQuery {
        account,
        attribute: Some((LookupKey::EventId, event_id.to_owned())),
        start: None,
        end: None,
        max_results: 1,
        resume: None,
    };
    for _ in 0..PAGES_MAX {
        let page = prospect.service.audit.lookup(query.clone()).await.map_err(|error| {
            tracing::error!(%error, "an event could not be looked up");
            ApiError::unavailable()
        })?;
        if let Some(event) = page.events.into_iter().next() {
            return Ok(Some(event));
        }
        let Some(next) = page.next else { break };
        query.resume = Some(next);
    }
    Ok(None)
}

/// The temporary credentials of an event: the one that signed, then the one that was issued.
pub fn sessions(event: &AuditEvent) -> Vec<AccessKeyId> {
    let named = event.resources.iter().filter(|(kind, _)| kind == "AWS::IAM::AccessKey");
    let ids = event.access_key_id.iter().chain(named.map(|(_, name)| name));
    ids.filter(|id| id.starts_with("ASIA")).filter_map(|id| id.parse().ok()).collect()
}
