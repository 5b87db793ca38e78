//! Revoke: what was issued up to now is cut off, from the next request on, everywhere.
//!
//! The answer is given when it holds: when it is durable, and every request that begins on this node is decided under
//! it. What it hits is told by revisions, not by clocks: everything that was issued before it.

use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_store::Revision;
use portcullis_store::record::{ReceiptStyle, ReceiptToken, RevocationRecord, RevocationTarget};

use super::closing::Doors;
use super::manner::{self, Manner};
use super::receipt::{Present, SHOWN_MAX, node};
use super::{by_recipe, closing, need, shown, sources, target, token};
use crate::action::{Access, Ask, Category, Handler, Output, Permission, Row, no_resources};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::gate::Authorized;
use crate::port::BoxFuture;
use crate::preview::Preview;
use crate::receipt;
use crate::revocation::Hits;
use crate::service::{ATTEMPTS_MAX, Service};
use crate::sessions::Live;
use crate::snapshot::{Snapshot, revocation};

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
    prepare: Some(target::prepare),
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
        let token = token::of(&flow.ask())?;
        // Looked for before the target, which may be gone since.
        if let Some(answer) = earlier(flow, token.as_ref()).await? {
            return Ok(answer);
        }
        let (wanted, manner) = (wanted(&flow.ask())?, Manner::of(&flow.ask())?);
        if manner.style == ReceiptStyle::Aws {
            return by_recipe::revoke(flow, wanted, token, manner).await;
        }
        if manner.is_dry {
            return tried(flow, wanted, manner).await;
        }
        commit(flow, wanted, token, Some(manner)).await
    })
}

/// What it would come to if it were done now.
async fn tried(flow: &mut Flow, wanted: Wanted, manner: Manner) -> Result<Output, ApiError> {
    let record = record(&flow.ask(), wanted, &flow.trail.event_id);
    // All that is there now.
    let cutoff = flow.snapshot.revision.0 + 1;
    let hits = hits(&flow.service, &flow.snapshot, &record, cutoff);
    let mut draft = Draft::new();
    draft.put_revocation(&record);
    let doors = closing::close(flow, &record, &hits, manner, &mut draft).await?;
    let told = told(&flow.snapshot, &record, cutoff, &hits)
        .with("DryRun", true)
        .with("Written", manner::written(&flow.snapshot, &doors.written));
    let told = closing::add_to(told, flow, &record, &hits, &doors.open);
    let preview = Preview::of(flow, draft).told().await?;
    Ok(with_preview(told, &preview).into())
}

/// Adds what every preview tells; what matches nobody is told of a revocation already.
pub fn with_preview(told: Value, preview: &Value) -> Value {
    let members = preview.members().iter().filter(|(name, _)| name != "Findings");
    members.fold(told, |told, (name, value)| told.with(name, value.clone()))
}

/// Drafts it, to be looked at.
///
/// # Errors
/// Those of a revocation that cannot be made.
pub fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    draft.put_revocation(&record(ask, wanted(ask)?, ""));
    Ok(Value::structure())
}

/// The receipt that an earlier try got. This one changes nothing, and has an event of its own.
///
/// # Errors
/// `IdempotentParameterMismatchException`; 503 when the store fails.
pub async fn earlier(flow: &mut Flow, token: Option<&ReceiptToken>) -> Result<Option<Output>, ApiError> {
    let service = Arc::clone(&flow.service);
    let kept = match token {
        Some(token) => token::earlier(&service, token).await?,
        None => None,
    };
    let Some(kept) = kept else { return Ok(None) };
    // That it holds here is what the answer says, and another node may have written it.
    service.catch_up().await;
    let snapshot = service.snapshot();
    let present = Present::of(&service, &snapshot, kept).await;
    let present = present.map_err(|error| ApiError::undetermined(&error))?;
    Ok(Some(present.shown(&service, &snapshot).into()))
}

/// Writes it and answers with the receipt. Without a manner, other doors are not looked for.
///
/// # Errors
/// Those of the store; those of closing doors; 503 when it could not be written.
pub async fn commit(
    flow: &mut Flow,
    wanted: Wanted,
    token: Option<ReceiptToken>,
    manner: Option<Manner>,
) -> Result<Output, ApiError> {
    let record = record(&flow.ask(), wanted, &flow.trail.event_id);
    // In turn with all other changes of what decisions read: many at once must not overtake each other for ever.
    let service = Arc::clone(&flow.service);
    let turn = service.writer.lock().await;
    for _ in 0..ATTEMPTS_MAX {
        let mut draft = Draft::new();
        draft.put_revocation(&record);
        // All that is there now; what is issued until it is committed is added to the receipt then.
        let hits = hits(&flow.service, &flow.service.snapshot(), &record, u64::MAX);
        let mut receipt = receipt::of(&record, &hits, token.clone());
        let doors = match manner {
            Some(manner) if manner.closes_doors => {
                Some(closing::close(flow, &record, &hits, manner, &mut draft).await?)
            }
            _ => None,
        };
        receipt.written = doors.as_ref().map(|doors| doors.written.clone()).unwrap_or_default();
        draft.put_receipt(&receipt);
        let told = manner::event(&flow.snapshot, &record, &receipt.written);
        match flow.commit(&draft, &told).await {
            Ok(revision) => {
                drop(turn);
                let value = answer(&flow.service, &record, revision).await;
                let value = value.with("Written", manner::written(&flow.snapshot, &receipt.written));
                return Ok(match manner {
                    Some(_) => with_doors(value, flow, &record, &hits, doors).await.into(),
                    None => value.into(),
                });
            }
            Err(NotCommitted::Overtaken) => {
                if let Some(answer) = earlier(flow, token.as_ref()).await? {
                    return Ok(answer);
                }
            }
            Err(NotCommitted::Refused(error)) => return Err(error),
        }
    }
    Err(ApiError::unavailable())
}

/// The answer with the doors that are still open. Unless they were to be closed, they are looked for only now that it
/// holds: nobody waits for them to be cut off.
async fn with_doors(
    value: Value,
    flow: &Flow,
    record: &RevocationRecord,
    hits: &Hits,
    closed: Option<Doors>,
) -> Value {
    let open = match closed {
        Some(doors) => Ok(doors.open),
        None => closing::open(flow, record).await,
    };
    match open {
        Ok(open) => closing::add_to(value, flow, record, hits, &open),
        Err(error) => {
            // It holds all the same, and the receipt can be asked for again.
            tracing::error!(%error, "the doors that a revocation leaves open could not be looked for");
            value
        }
    }
}

/// The record of what is wanted.
pub fn record(ask: &Ask<'_>, wanted: Wanted, event_id: &str) -> RevocationRecord {
    let mut number = [0; 8];
    ask.service.world.entropy.fill(&mut number);
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
        at: ask.now,
        by: ask.caller.arn.clone(),
        reason: wanted.reason,
        event_id: event_id.to_owned(),
        account: ask.account(),
    };
    record.until = until(ask, &record);
    record
}

/// When it may retire, as far as is known now; when it comes to that, it is looked again. What keeps somebody from
/// something, or is of a long-term key, stays until it is lifted; of a person, as long as the person can sign in.
fn until(ask: &Ask<'_>, record: &RevocationRecord) -> Option<Timestamp> {
    let is_person = matches!(record.target, RevocationTarget::Person(_));
    let stays = record.blocked.is_some() && !is_person;
    if stays || matches!(record.target, RevocationTarget::AccessKey(_)) {
        return None;
    }
    let hits = Hits::of(&ask.service.sessions, ask.snapshot, record, u64::MAX, ask.now);
    Some(hits.until().unwrap_or(ask.now))
}

fn hits(service: &Service, snapshot: &Snapshot, record: &RevocationRecord, cutoff: u64) -> Hits {
    Hits::of(&service.sessions, snapshot, record, cutoff, service.world.clock.now())
}

async fn answer(service: &Service, record: &RevocationRecord, revision: Revision) -> Value {
    let (snapshot, cutoff) = (service.snapshot(), record.cutoff(revision));
    let hits = hits(service, &snapshot, record, cutoff);
    if let Err(error) = service.complete_receipt(record.number, &hits).await {
        // It holds all the same, and whoever reads the receipt while it is in force looks again.
        tracing::error!(%error, "a receipt could not be completed");
    }
    let node = node(service, revision);
    told(&snapshot, record, cutoff, &hits)
        .with("ReceiptId", revocation::id(&record.target, record.number))
        .with("Nodes", Value::List(vec![node]))
        .with("Style", "native")
        .with("State", "in-force")
        .with("AllowedSince", 0_i64)
}

/// What it hits, and what it leaves open.
pub fn told(snapshot: &Snapshot, record: &RevocationRecord, cutoff: u64, hits: &Hits) -> Value {
    let shown =
        |all: &[Arc<Live>]| -> Value { all.iter().take(SHOWN_MAX).map(|live| live.named()).collect() };
    let count = |all: &[Arc<Live>]| i64::try_from(all.len()).unwrap_or(i64::MAX);
    let is_for_nobody = hits.sessions.is_empty() && hits.descendants.is_empty();
    let finding = is_for_nobody.then(|| Value::from("No live session is hit by this."));
    let finding = finding.filter(|_| !matches!(record.target, RevocationTarget::AccessKey(_)));
    shown::revocation(snapshot, record, cutoff)
        .with("SessionsHit", shown(&hits.sessions))
        .with("SessionsHitCount", count(&hits.sessions))
        .with("Descendants", shown(&hits.descendants))
        .with("DescendantsCount", count(&hits.descendants))
        .with("OpenSources", Value::List(sources::open(snapshot, record, hits)))
        .with("Findings", Value::List(finding.into_iter().collect()))
}
