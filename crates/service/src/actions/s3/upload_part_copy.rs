//! UploadPartCopy: a part out of an object that is here already.

use portcullis_base::Value;

use super::byte_range::exact;
use super::content::{content, watched};
use super::copy_source::{self, TagsRead};
use super::place::quoted;
use super::upload::{Place, part_number};
use super::{incoming, part, row, upload_part};
use crate::action::{Access, Ask, Need, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::vigil::Vigil;

/// The action.
pub const ROW: Row = row::object_several(
    "UploadPartCopy",
    &["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
    needs,
    Access::Write,
    Some(copy_source::load),
    |flow| Box::pin(copy(flow)),
);

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let mut needs = vec![copy_source::need(ask, TagsRead::No)?];
    needs.extend(upload_part::needs(ask)?);
    Ok(needs)
}

async fn copy(flow: &mut Flow) -> Result<Output, ApiError> {
    let place = Place::of(&flow.ask())?;
    let number = part_number(&flow.ask())?;
    let source = copy_source::loaded(flow)?.clone();
    let upload = place.read(&flow.service).await?;
    let range = match flow.input.text("CopySourceRange") {
        Some(header) => exact(header, source.size())?,
        None => 0..source.size(),
    };
    let length = range.end - range.start;
    let bytes = content(&flow.service.blobs, &source, &range, flow.loaded.pin.clone());
    let incoming = incoming::copy(&flow.service, watched(bytes, Vigil::over(flow)), length).await?;
    let record = part::record(flow, &upload, number, &incoming)?;
    let result = Value::structure().with("ETag", quoted(&record.etag)).with("LastModified", record.modified);
    let output = Value::structure().with("CopyPartResult", result);
    part::add(flow, &place, &record, incoming, &output).await?;
    Ok(output.into())
}
