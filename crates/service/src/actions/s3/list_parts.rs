//! ListParts.

use portcullis_base::Value;
use portcullis_store::record::PartRecord;
use portcullis_store::{Key, Range, codec};

use super::listing::most;
use super::object::storage_class_of;
use super::owner::owner;
use super::place::quoted;
use super::refusal::invalid_argument;
use super::row;
use super::upload::Place;
use crate::action::{Access, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row =
    row::object("ListParts", "s3:ListMultipartUploadParts", Access::Read, None, |flow| Box::pin(list(flow)));

/// The number behind which the list goes on.
fn marker(input: &Value) -> Result<u16, ApiError> {
    let given = match input.member("PartNumberMarker") {
        None => return Ok(0),
        Some(Value::Int(number)) => number.to_string(),
        Some(other) => other.as_text().unwrap_or_default().to_owned(),
    };
    given.parse().map_err(|_| {
        let message = "Argument part-number-marker must be an integer between 0 and 2147483647";
        invalid_argument("part-number-marker", &given, message)
    })
}

async fn list(flow: &mut Flow) -> Result<Output, ApiError> {
    let place = Place::of(&flow.ask())?;
    let upload = place.read(&flow.service).await?.record;
    let (marker, most) = (marker(&flow.input)?, most(&flow.input, "MaxParts", "max-parts")?);
    let all = Key::parts(&place.id);
    let range =
        Range::between(Key::part(&place.id, marker), all.prefix_end()).beyond(&Key::part(&place.id, marker));
    let page = flow.service.engine.range(range.limit(most)).await?;
    let parts: Vec<PartRecord> =
        page.items.iter().map(|(_, held)| codec::from_bytes(&held.value)).collect::<Result<_, _>>()?;
    let account = place.target.bucket.record.account;
    let last = parts.last().map_or(marker, |part| part.number);
    let initiator = Value::structure()
        .with("ID", upload.initiator.as_str())
        .with("DisplayName", upload.initiator.as_str());
    Ok(Value::structure()
        .with("Bucket", place.target.bucket.record.name.as_str())
        .with("Key", place.target.key.as_str())
        .with("UploadId", place.id.as_str())
        .with("PartNumberMarker", marker.to_string())
        .with("NextPartNumberMarker", last.to_string())
        .with("MaxParts", most)
        .with("IsTruncated", page.more)
        .with("Parts", parts.iter().map(shown).collect::<Value>())
        .with("Initiator", initiator)
        .with("Owner", owner(account))
        .with("StorageClass", storage_class_of(&upload.headers))
        .with_some("ChecksumAlgorithm", upload.checksum_algorithm.as_deref())
        .with_some("ChecksumType", upload.checksum_type.as_deref())
        .into())
}

fn shown(part: &PartRecord) -> Value {
    let value = Value::structure()
        .with("PartNumber", i64::from(part.number))
        .with("LastModified", part.modified)
        .with("ETag", quoted(&part.etag))
        .with("Size", i64::try_from(part.size).unwrap_or(i64::MAX));
    match &part.checksum {
        Some((member, sum)) => value.with(member, sum.as_str()),
        None => value,
    }
}
