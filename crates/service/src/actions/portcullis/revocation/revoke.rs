//! Revoke: what was issued up to now is cut off, from the next request on, everywhere.
//!
//! The answer is given when it holds: when it is durable, and every request that begins on this node is decided under
//! it. What it hits is told by revisions, not by clocks: everything that was issued before it.

use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_store::Revision;
use portcullis_store::record::{RevocationRecord, RevocationTarget};

use super::{need, shown, sources, target};
use crate::action::{Access, Ask, Category, Handler, Output, Permission, Row, no_resources};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::port::BoxFuture;
use crate::revocation::Hits;
use crate::service::{ATTEMPTS_MAX, Service};
use crate::sessions::Live;
use crate::snapshot::{Snapshot, revocation};

/// Sessions that an answer names; all are counted.
const SHOWN_MAX: usize = 1000;
/// The longest reason.
const REASON_MAX: usize = 1024;

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "Revoke",
    permission: Permission::Named("portcullis:Revoke", |ask, action| {
        let (arn, account) = target::permission(ask)?;
        let need = need(ask, action, &arn, account).key("portcullis:TargetKind", ask.text("Kind")?);
        Ok(need.told(target::told(ask)?))
    }),
    access: Access::Write,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(revoke),
};

/// What is wanted.
pub struct Wanted {
    /// Whom it is about.
    pub target: RevocationTarget,
    /// Only in this account.
    pub scope: Option<AccountId>,
    /// Whether what it made is cut off too.
    pub cascades: bool,
    /// Only what was issued before.
    pub issued_before: Option<Timestamp>,
    /// Who gets no new session.
    pub blocked: Option<RevocationTarget>,
    /// Why.
    pub reason: Option<String>,
}

fn wanted(ask: &Ask<'_>) -> Result<Wanted, ApiError> {
    let found = target::find(ask)?;
    let reason = ask.input.text("Reason").map(str::to_owned);
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        let message = format!("Reason must have at most {REASON_MAX} characters.");
        return Err(ApiError::caller("InvalidInputException", 400, message));
    }
    let issued_before = ask.input.time("IssuedBefore");
    let is_one = matches!(found.target, RevocationTarget::Session(_) | RevocationTarget::AccessKey(_));
    if issued_before.is_some() && is_one {
        let message = "IssuedBefore goes with a target that has several sessions.";
        return Err(ApiError::caller("InvalidInputException", 400, message));
    }
    let blocks = ask.input.bool("BlockReissue") == Some(true);
    if blocks && found.issued_anew.is_none() {
        let message = "A session or key by its id is never issued anew. To keep somebody from getting a new session, \
                       revoke the role session, the user, the federated user or the role.";
        return Err(ApiError::caller("InvalidInputException", 400, message));
    }
    Ok(Wanted {
        scope: match found.target {
            RevocationTarget::SourceIdentity(_) => found.account,
            _ => None,
        },
        target: found.target,
        cascades: ask.input.bool("Cascade") != Some(false),
        issued_before,
        blocked: found.issued_anew.filter(|_| blocks),
        reason,
    })
}

fn revoke(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let wanted = wanted(&flow.ask())?;
        if flow.input.bool("DryRun") == Some(true) {
            let record = record(flow, wanted);
            // All that is there now.
            return Ok(told(&flow.service, &flow.snapshot, &record, flow.snapshot.revision.0 + 1)
                .with("DryRun", true)
                .into());
        }
        commit(flow, wanted).await
    })
}

/// Writes it and answers with the receipt.
///
/// # Errors
/// Those of the store; 503 when it could not be written.
pub async fn commit(flow: &mut Flow, wanted: Wanted) -> Result<Output, ApiError> {
    let record = record(flow, wanted);
    let told = shown::identified(&record);
    // In turn with all other changes of what decisions read: many at once must not overtake each other for ever.
    let service = Arc::clone(&flow.service);
    let _turn = service.writer.lock().await;
    for _ in 0..ATTEMPTS_MAX {
        let mut draft = Draft::new();
        draft.put_revocation(&record);
        match flow.commit(&draft, &told).await {
            Ok(revision) => return Ok(receipt(&flow.service, &record, revision).into()),
            Err(NotCommitted::Overtaken) => {}
            Err(NotCommitted::Refused(error)) => return Err(error),
        }
    }
    Err(ApiError::unavailable())
}

fn record(flow: &Flow, wanted: Wanted) -> RevocationRecord {
    let mut number = [0; 8];
    flow.service.world.entropy.fill(&mut number);
    let mut record = RevocationRecord {
        // Zero is none.
        number: u64::from_be_bytes(number).max(1),
        target: wanted.target,
        scope: wanted.scope,
        cascades: wanted.cascades,
        issued_before: wanted.issued_before,
        cutoff: None,
        blocked: wanted.blocked,
        until: None,
        at: flow.now,
        by: flow.caller.arn.clone(),
        reason: wanted.reason,
        event_id: flow.trail.event_id.clone(),
        account: flow.ask().account(),
    };
    record.until = until(flow, &record);
    record
}

/// When it may retire, as far as is known now; when it comes to that, it is looked again. What keeps somebody from
/// something, or is of a long-term key, stays until it is lifted.
fn until(flow: &Flow, record: &RevocationRecord) -> Option<Timestamp> {
    if record.blocked.is_some() || matches!(record.target, RevocationTarget::AccessKey(_)) {
        return None;
    }
    let hits = Hits::of(&flow.service.sessions, &flow.snapshot, record, u64::MAX, flow.now);
    Some(hits.until().unwrap_or(flow.now))
}

fn receipt(service: &Service, record: &RevocationRecord, revision: Revision) -> Value {
    let node = Value::structure()
        .with("Id", service.deployment.as_str())
        .with("Revision", i64::try_from(revision.0).unwrap_or(i64::MAX))
        .with("Time", service.world.clock.now());
    told(service, &service.snapshot(), record, record.cutoff(revision))
        .with("ReceiptId", revocation::id(&record.target, record.number))
        .with("Nodes", Value::List(vec![node]))
}

/// What it hits, and what it leaves open.
fn told(service: &Service, snapshot: &Snapshot, record: &RevocationRecord, cutoff: u64) -> Value {
    let hits = Hits::of(&service.sessions, snapshot, record, cutoff, service.world.clock.now());
    let shown =
        |all: &[Arc<Live>]| -> Value { all.iter().take(SHOWN_MAX).map(|live| shown::hit(live)).collect() };
    let count = |all: &[Arc<Live>]| i64::try_from(all.len()).unwrap_or(i64::MAX);
    let is_for_nobody = hits.sessions.is_empty() && hits.descendants.is_empty();
    let finding = is_for_nobody.then(|| Value::from("No live session is hit by this."));
    let finding = finding.filter(|_| !matches!(record.target, RevocationTarget::AccessKey(_)));
    shown::revocation(snapshot, record, cutoff)
        .with("SessionsHit", shown(&hits.sessions))
        .with("SessionsHitCount", count(&hits.sessions))
        .with("Descendants", shown(&hits.descendants))
        .with("DescendantsCount", count(&hits.descendants))
        .with("OpenSources", Value::List(sources::open(snapshot, record, &hits)))
        .with("Findings", Value::List(finding.into_iter().collect()))
}
