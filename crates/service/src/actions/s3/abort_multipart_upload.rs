//! AbortMultipartUpload: the upload and its parts are gone at once, their bytes soon after.

use portcullis_base::Value;
use portcullis_store::Guard;

use super::garbage::Garbage;
use super::refusal::overtaken;
use super::row;
use super::upload::Place;
use crate::action::{Access, Output, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::service::ATTEMPTS_MAX;

/// The action.
pub const ROW: Row =
    row::object("AbortMultipartUpload", "s3:AbortMultipartUpload", Access::Write, None, |flow| {
        Box::pin(abort(flow))
    });

async fn abort(flow: &mut Flow) -> Result<Output, ApiError> {
    let place = Place::of(&flow.ask())?;
    let output = Value::structure();
    for _ in 0..ATTEMPTS_MAX {
        let frozen = place.freeze(&flow.service).await?;
        let blobs = frozen.parts.into_values().map(|part| part.blob).filter(|blob| !blob.is_empty());
        let mut draft = Draft::new();
        draft.guard(Guard::At(place.key(), frozen.upload.revision));
        draft.delete(place.key());
        let garbage = Garbage::draft(&flow.service, &mut draft, blobs.collect(), Some(&place.id));
        match flow.commit(&draft, &output).await {
            Ok(_) => {
                garbage.collect(&flow.service);
                return Ok(output.into());
            }
            Err(NotCommitted::Overtaken) => {}
            Err(NotCommitted::Refused(error)) => return Err(error),
        }
    }
    Err(overtaken())
}
