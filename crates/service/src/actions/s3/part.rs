//! Taking a part in: its record replaces an earlier one of the same number.

use portcullis_base::Value;
use portcullis_store::record::PartRecord;
use portcullis_store::{Guard, Key, codec};

use super::garbage::Garbage;
use super::incoming::Incoming;
use super::refusal::{invalid_request, overtaken};
use super::upload::{Place, Upload};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::service::ATTEMPTS_MAX;

/// Makes the bytes that came in a part of the upload.
///
/// # Errors
/// `NoSuchUpload`, or what the request would get if it were decided now; the bytes are given up then.
pub(super) async fn add(
    flow: &mut Flow,
    place: &Place,
    part: &PartRecord,
    incoming: Incoming,
    output: &Value,
) -> Result<(), ApiError> {
    for _ in 0..ATTEMPTS_MAX {
        match add_once(flow, place, part, output).await {
            Ok(()) => return Ok(()),
            Err(NotCommitted::Overtaken) => {}
            Err(why @ NotCommitted::Refused(_)) => {
                incoming.give_up(&flow.service, &why).await;
                return Err(why.into());
            }
        }
    }
    incoming.give_up(&flow.service, &NotCommitted::Overtaken).await;
    Err(overtaken())
}

async fn add_once(
    flow: &mut Flow,
    place: &Place,
    part: &PartRecord,
    output: &Value,
) -> Result<(), NotCommitted> {
    let service = std::sync::Arc::clone(&flow.service);
    let Upload { mut record, revision } = place.read(&service).await.map_err(NotCommitted::Refused)?;
    let mut draft = Draft::new();
    draft.guard(Guard::At(place.key(), revision));
    if record.is_frozen {
        record.is_frozen = false;
        draft.put(place.key(), codec::to_bytes(&record));
    }
    let key = Key::part(&place.id, part.number);
    let replaced = service.engine.read(&key).await.map_err(|error| NotCommitted::Refused(error.into()))?;
    let mut old_blobs = Vec::new();
    match replaced {
        Some(held) => {
            let old: PartRecord =
                codec::from_bytes(&held.value).map_err(|error| NotCommitted::Refused(error.into()))?;
            old_blobs.extend(Some(old.blob).filter(|blob| !blob.is_empty()));
            draft.guard(Guard::At(key.clone(), held.revision));
        }
        None => draft.guard(Guard::Absent(key.clone())),
    }
    draft.put(key, codec::to_bytes(part));
    if !part.blob.is_empty() {
        draft.put(Key::blob(&part.blob), Vec::new());
    }
    let garbage = Garbage::draft(&service, &mut draft, old_blobs, None);
    flow.commit(&draft, output).await?;
    garbage.collect(&service);
    Ok(())
}

/// The record of a part out of what came in.
///
/// # Errors
/// `InvalidRequest` when it has a checksum of another kind than the upload.
pub(super) fn record(
    flow: &Flow,
    upload: &Upload,
    number: u16,
    incoming: &Incoming,
) -> Result<PartRecord, ApiError> {
    let checksum = incoming.digest.checksum.clone();
    if let (Some(wanted), Some((member, _))) = (&upload.record.checksum_algorithm, &checksum) {
        let given = super::object::algorithm(member);
        if given != wanted {
            return Err(invalid_request(&format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                wanted.to_lowercase(),
                given.to_lowercase()
            )));
        }
    }
    Ok(PartRecord {
        number,
        blob: incoming.blob.clone().unwrap_or_default(),
        size: incoming.digest.length,
        etag: incoming.etag(),
        modified: flow.service.world.clock.now(),
        checksum,
    })
}
