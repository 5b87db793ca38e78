//! LiftRevocation: undoes one. Others that are about the same stay.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::RevocationRecord;
use portcullis_store::{Guard, Key, Revision, codec};

use super::{row, shown, target};
use crate::action::{Access, Handler, Output, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::port::BoxFuture;
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
    let held = service.engine.read(&key).await.map_err(|error| ApiError::undetermined(&error))?;
    let held = held.ok_or_else(|| target::absent(id))?;
    let record = codec::from_bytes(&held.value).map_err(|error| ApiError::undetermined(&error))?;
    Ok(Stored { key, record, revision: held.revision })
}

/// The deployment's own account sees all; another what it made itself.
pub fn is_shown(flow: &Flow, record: &RevocationRecord) -> bool {
    let own = flow.ask().account();
    own == flow.snapshot.account || record.account == own
}

fn lift(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let service = Arc::clone(&flow.service);
        let _turn = service.writer.lock().await;
        for _ in 0..ATTEMPTS_MAX {
            let id = flow.ask().text("RevocationId")?.to_owned();
            let held = stored(&flow.service, &id).await?;
            if !is_shown(flow, &held.record) {
                return Err(target::absent(&id));
            }
            let value = shown::revocation(&flow.snapshot, &held.record, held.record.cutoff(held.revision));
            let mut draft = Draft::new();
            draft.guard(Guard::At(held.key.clone(), held.revision));
            draft.delete_revocation(&held.record, held.key);
            let told: Value = shown::identified(&held.record);
            match flow.commit(&draft, &told).await {
                Ok(_) => return Ok(value.into()),
                Err(NotCommitted::Overtaken) => {}
                Err(NotCommitted::Refused(error)) => return Err(error),
            }
        }
        Err(ApiError::unavailable())
    })
}
