//! LiftRevocation: undoes one. Others that are about the same stay.

use portcullis_base::{AccountId, Value};
use portcullis_store::record::{ReceiptState, RevocationRecord};
use portcullis_store::{Guard, Key, Revision, StoreError, codec};

use super::receipt::as_revocation;
use super::{manner, row, shown, target, undo};
use crate::action::{Access, Handler, Output, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::port::BoxFuture;
use crate::receipt::Kept;
use crate::service::{ATTEMPTS_MAX, Service};
use crate::snapshot::revocation;

/// The action.
pub const ROW: Row = row("LiftRevocation", "portcullis:LiftRevocation", Access::Write, Handler::Flow(lift));

/// A revocation as it is stored, with its place and the revision of the record.
pub struct Stored {
    /// Where it stands.
    pub key: Key,
    /// What it says.
    pub record: RevocationRecord,
    /// When the record was last written.
    pub revision: Revision,
}

/// The revocation of this id.
///
/// # Errors
/// `ResourceNotFoundException`; 503 when the store fails.
pub async fn stored(service: &Service, id: &str) -> Result<Stored, ApiError> {
    let key = revocation::key_of(id).ok_or_else(|| target::absent(id))?;
    let held = stored_under(service, key).await.map_err(|error| ApiError::undetermined(&error))?;
    held.ok_or_else(|| target::absent(id))
}

/// The revocation at this place, if there is one.
///
/// # Errors
/// When the store fails, or has something else there.
pub async fn stored_under(service: &Service, key: Key) -> Result<Option<Stored>, StoreError> {
    let Some(held) = service.engine.read(&key).await? else { return Ok(None) };
    let record = codec::from_bytes(&held.value)?;
    Ok(Some(Stored { key, record, revision: held.revision }))
}

/// The deployment's own account sees all; another what it made itself.
pub fn is_shown(flow: &Flow, maker: AccountId) -> bool {
    let own = flow.ask().account();
    own == flow.snapshot.account || maker == own
}

/// What there is to lift.
struct Lifting {
    /// The revocation beside all policies; there is none in the aws style, nor when it has retired.
    held: Option<Stored>,
    receipt: Option<Kept>,
    shown: RevocationRecord,
    cutoff: u64,
}

async fn find(flow: &Flow, id: &str) -> Result<Lifting, ApiError> {
    let held = match stored(&flow.service, id).await {
        Ok(held) => Some(held),
        Err(error) if error.status == 400 => None,
        Err(error) => return Err(error),
    };
    let number = revocation::number_of(id).ok_or_else(|| target::absent(id))?;
    let receipt = flow.service.receipt(number).await.map_err(|error| ApiError::undetermined(&error))?;
    // What is lifted is not lifted again; what wrote into policies can be lifted when it has retired.
    let receipt = receipt.filter(|kept| {
        let is_lifted = matches!(kept.record.state, ReceiptState::Lifted { .. });
        held.is_some() || !(is_lifted || kept.record.written.is_empty())
    });
    let (shown, cutoff) = match (&held, &receipt) {
        (Some(held), _) => (held.record.clone(), held.record.cutoff(held.revision)),
        (None, Some(kept)) => (as_revocation(&kept.record), kept.record.cutoff(kept.revision)),
        (None, None) => return Err(target::absent(id)),
    };
    if !is_shown(flow, shown.account) || revocation::id(&shown.target, shown.number) != id {
        return Err(target::absent(id));
    }
    Ok(Lifting { held, receipt, shown, cutoff })
}

fn lift(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        for _ in 0..ATTEMPTS_MAX {
            let id = flow.ask().text("RevocationId")?.to_owned();
            let Lifting { held, receipt, shown, cutoff } = find(flow, &id).await?;
            let value = shown::revocation(&flow.snapshot, &shown, cutoff);
            let mut draft = Draft::new();
            if let Some(held) = held {
                draft.guard(Guard::At(held.key.clone(), held.revision));
                draft.delete_revocation(&held.record, held.key);
            }
            let mut taken_out: Vec<String> = Vec::new();
            if let Some(receipt) = receipt {
                let steps = undo::steps(flow, &receipt.record).await?;
                taken_out.extend(steps.iter().map(|step| step.purpose.clone()));
                manner::take_in(flow, &mut draft, &steps).await?;
                draft
                    .end_receipt(receipt, ReceiptState::Lifted { at: flow.now, by: flow.caller.arn.clone() });
            }
            let mut told: Value = shown::identified(&shown);
            if !taken_out.is_empty() {
                let all: Value = taken_out.into_iter().map(Value::from).collect();
                told.insert("TakenOut", all);
            }
            match flow.commit(&draft, &told).await {
                Ok(_) => return Ok(value.into()),
                Err(NotCommitted::Overtaken) => {}
                Err(NotCommitted::Refused(error)) => return Err(error),
            }
        }
        Err(ApiError::unavailable())
    })
}
