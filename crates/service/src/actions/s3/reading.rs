//! What GetObject and HeadObject share: the permission, the conditions, the range and the headers.

use portcullis_base::Value;
use portcullis_store::record::ObjectRecord;

use super::byte_range::{Extent, extent};
use super::encoded_word::encoded;
use super::object::{STORED, loaded, storage_class, with_checksum};
use super::place::{Target, bucket, key, on_object, quoted, with_existing_tags};
use super::precondition::{READ, Reading, reading};
use super::refusal::invalid_request;
use super::version::either;
use crate::action::{Ask, Need, Output};
use crate::error::ApiError;
use crate::flow::Flow;

/// The permissions of which a read needs one.
pub(super) const ACTIONS: &[&str] = &["s3:GetObject", "s3:GetObjectVersion"];
/// Parameters that set headers of the answer, and the member that each sets.
const OVERRIDES: [(&str, &str); 6] = [
    ("ResponseCacheControl", "CacheControl"),
    ("ResponseContentDisposition", "ContentDisposition"),
    ("ResponseContentEncoding", "ContentEncoding"),
    ("ResponseContentLanguage", "ContentLanguage"),
    ("ResponseContentType", "ContentType"),
    ("ResponseExpires", "Expires"),
];

/// A read with a version needs the permission for versions instead.
///
/// # Errors
/// Those of naming an object; `InvalidRequest` for an anonymous caller who wants to choose headers of the answer (S3
/// API reference, GetObject, "Overriding response header values").
pub(super) fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    if ask.claim.is_none() && OVERRIDES.iter().any(|(parameter, _)| ask.input.member(parameter).is_some()) {
        let message = "Request specific response headers cannot be used for anonymous GET requests.";
        return Err(invalid_request(message));
    }
    either(ask, "s3:GetObject", "s3:GetObjectVersion")
}

/// What a read comes to.
pub(super) enum Answer {
    /// The object's headers, and which of its bytes.
    Found(Value, Extent),
    /// The client has it already.
    NotModified(Output),
}

/// Answers a read up to its bytes.
///
/// # Errors
/// That the object is absent, as far as the caller may know; `PreconditionFailed`; `InvalidRange`.
pub(super) fn answer(flow: &Flow) -> Result<Answer, ApiError> {
    let ask = flow.ask();
    let target = Target::of(&ask)?;
    let (record, _) = loaded(flow, &target)?;
    if reading(ask.input, &READ, record)? == Reading::NotModified {
        let value =
            Value::structure().with("ETag", quoted(&record.etag)).with("LastModified", record.modified);
        return Ok(Answer::NotModified(Output {
            value: Some(value),
            status: Some(304),
            ..Output::default()
        }));
    }
    let extent = extent(ask.input, record)?;
    let mut value = headers(record)
        .with("ContentLength", length(&extent))
        .with_some("ContentRange", extent.content_range(record.size()))
        .with_some("PartsCount", extent.parts)
        .with_some("TagCount", tag_count(flow, record));
    if ask.input.text("ChecksumMode") == Some("ENABLED") && !extent.is_partial {
        value = with_checksum(value, record.checksum.as_ref());
    }
    for (parameter, member) in OVERRIDES {
        match ask.input.member(parameter) {
            Some(Value::Time(instant)) => value.insert(member, instant.http_date()),
            Some(given) => value.insert(member, given.clone()),
            None => {}
        }
    }
    Ok(Answer::Found(value, extent))
}

/// Bytes of a range as the answer tells them.
fn length(extent: &Extent) -> i64 {
    i64::try_from(extent.range.end - extent.range.start).unwrap_or(i64::MAX)
}

fn headers(record: &ObjectRecord) -> Value {
    let metadata = record.metadata.iter();
    let metadata: Vec<(String, Value)> =
        metadata.map(|(name, value)| (name.clone(), Value::from(encoded(value)))).collect();
    let mut value = Value::structure()
        .with("AcceptRanges", "bytes")
        .with("LastModified", record.modified)
        .with("ETag", quoted(&record.etag))
        .with("ContentType", "binary/octet-stream")
        .with("Metadata", Value::Map(metadata));
    for (member, header) in STORED {
        let held = record.headers.iter().find(|(name, _)| name == header);
        // The ordinary class is not told (S3 API reference, HeadObject, "x-amz-storage-class").
        let is_told = *member != "StorageClass" || storage_class(record) != "STANDARD";
        if let Some((_, held)) = held.filter(|_| is_told) {
            value.insert(member, held.as_str());
        }
    }
    value
}

/// How many tags there are, for those who may read them.
fn tag_count(flow: &Flow, record: &ObjectRecord) -> Option<usize> {
    let ask = flow.ask();
    if record.tags.is_empty() {
        return None;
    }
    let need = on_object(&ask, bucket(&ask).ok()?, key(&ask).ok()?, "s3:GetObjectTagging");
    flow.would_permit(&with_existing_tags(need, &record.tags)).then(|| record.tags.len())
}
