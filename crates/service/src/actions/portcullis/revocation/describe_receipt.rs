//! DescribeReceipt: what a revocation was and what the events prove of it, also when it has ended.

use portcullis_base::Value;
use portcullis_store::record::WrittenKind;

use super::lift::{Stored, is_shown, stored};
use super::receipt::{Present, as_revocation};
use super::{closing, row, target};
use crate::action::{Access, Handler, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::receipt::{self, Kept, Proof, Question, Seen};
use crate::revocation::Hits;
use crate::snapshot::revocation;

/// Requests that were allowed although they must not be which an answer shows; all are counted.
const SHOWN_MAX: usize = 20;

/// The action.
pub const ROW: Row =
    row("DescribeReceipt", "portcullis:DescribeReceipt", Access::Read, Handler::Flow(describe));

/// The receipt of this id. A revocation of an older version left none: what it says itself is taken, and whom it hit
/// before is not known.
async fn kept(flow: &Flow, id: &str) -> Result<(Kept, bool), ApiError> {
    let number = revocation::number_of(id).ok_or_else(|| target::absent(id))?;
    let kept = flow.service.receipt(number).await.map_err(|error| ApiError::undetermined(&error))?;
    let kept = kept.filter(|kept| revocation::id(&kept.record.target, number) == id);
    if let Some(kept) = kept {
        return Ok((kept, true));
    }
    let Stored { record, revision, .. } = stored(&flow.service, id).await?;
    let mut made = receipt::of(&record, &Hits::none(), None);
    made.cutoff = Some(record.cutoff(revision));
    Ok((Kept { record: made, revision }, false))
}

fn describe(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let id = flow.ask().text("ReceiptId")?.to_owned();
        let (kept, is_whole) = kept(flow, &id).await?;
        if !is_shown(flow, kept.record.account) {
            return Err(target::absent(&id));
        }
        let present = Present::of(&flow.service, &flow.snapshot, kept).await;
        let present = present.map_err(|error| ApiError::undetermined(&error))?;
        let own = flow.ask().account();
        let question = Question {
            receipt: &present.record,
            cutoff: present.record.cutoff(present.revision),
            end: present.record.end(present.revision),
            shown_to: (own != flow.snapshot.account).then_some(own),
        };
        let proof = flow.service.proof(&flow.snapshot, &question).await.map_err(|error| {
            tracing::error!(%error, cause = ?error, "the events of a receipt could not be read");
            ApiError::unavailable()
        })?;
        let shown = with_doors(flow, &present, present.shown(&flow.service, &flow.snapshot)).await?;
        Ok(with_proof(shown, &present, &proof, is_whole).into())
    })
}

/// The doors that are open to its target, while it is in force.
async fn with_doors(flow: &Flow, present: &Present, shown: Value) -> Result<Value, ApiError> {
    if !present.is_in_force() {
        return Ok(shown);
    }
    let revocation = present.revocation.clone().unwrap_or_else(|| as_revocation(&present.record));
    let cutoff = present.record.cutoff(present.revision);
    let hits = Hits::of(&flow.service.sessions, &flow.snapshot, &revocation, cutoff, flow.now);
    let open = closing::open(flow, &revocation).await?;
    Ok(closing::add_to(shown, flow, &revocation, &hits, &open))
}

fn with_proof(shown: Value, present: &Present, proof: &Proof, is_whole: bool) -> Value {
    let is_in_list = present.record.written.iter().any(|part| part.kind == WrittenKind::PreparedList);
    let doubts = [
        (!is_whole, "It was made by an older version, which did not write down whom it hit."),
        (!present.record.names_all(), "It hit more credentials than a receipt names."),
        (present.is_gone(), "It was taken away while the server was stopped, and it is not known when."),
        (!proof.is_complete, "Not every event that there may be of these credentials could be looked at."),
        (is_in_list, "No service control policy reaches the organization's management account."),
        (proof.since > 0, "Requests were allowed while it was in force. This must not be: please report it."),
    ];
    let is_complete = proof.is_complete && is_whole && !present.is_gone();
    let findings: Value =
        doubts.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text.into()).collect();
    let count = i64::try_from(proof.since).unwrap_or(i64::MAX);
    // A zero that is not proved is not told.
    let count = Some(count).filter(|count| (is_complete || *count > 0) && !present.is_gone());
    let since: Value = proof.shown_since.iter().take(SHOWN_MAX).map(event).collect();
    shown
        .with_some("AllowedSince", count)
        .with("AllowedSinceRequests", since)
        .with("ProofComplete", is_complete)
        .with_some("LastAllowed", proof.last_allowed.as_ref().map(event))
        .with_some("FirstDenied", proof.first_denied.as_ref().map(event))
        .with("Findings", findings)
}

fn event(seen: &Seen) -> Value {
    Value::structure()
        .with("Time", seen.at)
        .with("EventSource", seen.source.as_str())
        .with("EventName", seen.name.as_str())
        .with("RequestId", seen.request_id.as_str())
        .with("SourceIp", seen.source_ip.as_str())
        .with("AccessKeyId", seen.access_key_id.as_str())
        .with_some("Revision", seen.revision.and_then(|revision| i64::try_from(revision).ok()))
}

#[cfg(test)]
mod tests;
