//! CompleteMultipartUpload: the parts become one object, without copying a byte of them.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use portcullis_base::{Tags, Value};
use portcullis_store::Guard;
use portcullis_store::record::{ObjectRecord, PartRecord};

use super::garbage::Garbage;
use super::object::with_checksum;
use super::place::{Target, quoted};
use super::precondition::Writing;
use super::publish::publish_once;
use super::refusal::{invalid_request, malformed_xml, overtaken};
use super::upload::{Frozen, PARTS_MAX, Place};
use super::writing::Creation;
use super::{checksum, row, writing};
use crate::action::{Access, Ask, Need, Output, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::service::ATTEMPTS_MAX;

/// The action.
pub const ROW: Row =
    row::object_several("CompleteMultipartUpload", &["s3:PutObject"], needs, Access::Write, None, |flow| {
        Box::pin(complete(flow))
    });

/// Bytes of every part but the last (S3 User Guide, "Amazon S3 multipart upload limits").
const PART_MIN: u64 = 5 * 1024 * 1024;

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    Ok(vec![writing::need(ask, &Target::of(ask)?, "s3:PutObject", &Tags::new(), Creation::Yes)])
}

async fn complete(flow: &mut Flow) -> Result<Output, ApiError> {
    let place = Place::of(&flow.ask())?;
    let condition = Writing::of(&flow.input)?;
    for _ in 0..ATTEMPTS_MAX {
        let frozen = place.freeze(&flow.service).await?;
        let record = compose(flow, &frozen)?;
        let output = answer(flow, &place.target, &record);
        let mut draft = Draft::new();
        draft.guard(Guard::At(place.key(), frozen.upload.revision));
        draft.delete(place.key());
        let unused = unused(frozen.parts, &record);
        let garbage = Garbage::draft(&flow.service, &mut draft, unused, Some(&place.id));
        match publish_once(flow, draft, &place.target, &record, &condition, &output).await {
            Ok(()) => {
                garbage.collect(&flow.service);
                return Ok(output.into());
            }
            Err(NotCommitted::Overtaken) => {}
            Err(NotCommitted::Refused(error)) => return Err(error),
        }
    }
    Err(overtaken())
}

/// The object that the listed parts make.
fn compose(flow: &Flow, frozen: &Frozen) -> Result<ObjectRecord, ApiError> {
    let listed = flow.input.member("MultipartUpload").map(|it| it.list("Parts")).unwrap_or_default();
    let parts = chosen(listed, &frozen.parts)?;
    let upload = &frozen.upload.record;
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if flow.input.int("MpuObjectSize").is_some_and(|wanted| u64::try_from(wanted).ok() != Some(size)) {
        return Err(invalid_request(
            "The provided 'x-amz-mp-object-size' header does not match what was computed.",
        ));
    }
    let checksum = checksum::of_parts(upload, &parts);
    checksum::check_whole(&flow.input, checksum.as_ref())?;
    let kept = parts.iter().filter(|part| !part.blob.is_empty());
    let (blobs, blob_sizes) = kept.map(|part| (part.blob.clone(), part.size)).unzip();
    Ok(ObjectRecord {
        blobs,
        blob_sizes,
        etag: etag(&parts)?,
        modified: flow.service.world.clock.now(),
        tags: upload.tags.clone(),
        metadata: upload.metadata.clone(),
        headers: upload.headers.clone(),
        checksum,
    })
}

/// The parts that a request lists, held against what was uploaded.
fn chosen<'p>(
    listed: &[Value],
    held: &'p BTreeMap<u16, PartRecord>,
) -> Result<Vec<&'p PartRecord>, ApiError> {
    if listed.is_empty() || listed.len() > usize::from(PARTS_MAX) {
        return Err(malformed_xml());
    }
    let mut parts: Vec<&PartRecord> = Vec::with_capacity(listed.len());
    for item in listed {
        let number = item.int("PartNumber").ok_or_else(malformed_xml)?;
        if parts.last().is_some_and(|last| i64::from(last.number) >= number) {
            let message =
                "The list of parts was not in ascending order. Parts must be ordered by part number.";
            return Err(ApiError::caller("InvalidPartOrder", 400, message));
        }
        let etag = item.text("ETag").unwrap_or_default().trim_matches('"');
        let part = u16::try_from(number).ok().and_then(|number| held.get(&number));
        let part = part.filter(|part| part.etag == etag && checksum::matches(item, part));
        parts.push(part.ok_or_else(|| invalid_part(number, etag))?);
    }
    let mut but_last = parts.iter().rev().skip(1);
    match but_last.find(|part| part.size < PART_MIN) {
        None => Ok(parts),
        Some(small) => {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            Err(ApiError::caller("EntityTooSmall", 400, message)
                .with("PartNumber", small.number.to_string())
                .with("ProposedSize", small.size.to_string())
                .with("MinSizeAllowed", PART_MIN.to_string())
                .with("ETag", small.etag.as_str()))
        }
    }
}

fn invalid_part(number: i64, etag: &str) -> ApiError {
    let message = "One or more of the specified parts could not be found. The part may not have been uploaded, or \
                   the specified entity tag may not match the part's entity tag.";
    ApiError::caller("InvalidPart", 400, message)
        .with("PartNumber", number.to_string())
        .with("ETag", etag.chars().take(128).collect::<String>())
}

/// MD5 of the parts' MD5s, and how many they are.
fn etag(parts: &[&PartRecord]) -> Result<String, ApiError> {
    let mut md5 = Md5::new();
    for part in parts {
        let bytes = hex::decode(&part.etag).map_err(|_| ApiError::internal("a part has no MD5"))?;
        md5.update(bytes);
    }
    Ok(format!("{}-{}", hex::encode(md5.finalize()), parts.len()))
}

/// The blobs of parts that the object does not have.
fn unused(parts: BTreeMap<u16, PartRecord>, record: &ObjectRecord) -> Vec<String> {
    let used: std::collections::HashSet<&String> = record.blobs.iter().collect();
    let blobs = parts.into_values().map(|part| part.blob);
    blobs.filter(|blob| !blob.is_empty() && !used.contains(blob)).collect()
}

fn answer(flow: &Flow, target: &Target, record: &ObjectRecord) -> Value {
    let scheme = if flow.facts.secure { "https" } else { "http" };
    let bucket = target.bucket.record.name.as_str();
    let key = super::listing::Spelling::Url.of_name(&target.key);
    let value = Value::structure()
        .with("Location", format!("{scheme}://{}/{bucket}/{key}", flow.facts.host))
        .with("Bucket", bucket)
        .with("Key", target.key.as_str())
        .with("ETag", quoted(&record.etag));
    with_checksum(value, record.checksum.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::Timestamp;

    fn part(number: u16, size: u64) -> (u16, PartRecord) {
        let record = PartRecord {
            number,
            blob: format!("blob{number}"),
            size,
            etag: hex::encode(Md5::digest(number.to_string())),
            modified: Timestamp::EPOCH,
            checksum: Some(("ChecksumCRC32".to_owned(), format!("sum{number}"))),
        };
        (number, record)
    }

    fn listed(held: &BTreeMap<u16, PartRecord>, numbers: &[u16]) -> Vec<Value> {
        let item = |number: &u16| {
            let etag = held.get(number).map_or("none", |part| part.etag.as_str());
            Value::structure().with("PartNumber", i64::from(*number)).with("ETag", format!("\"{etag}\""))
        };
        numbers.iter().map(item).collect()
    }

    #[test]
    fn the_list_decides_which_parts_are_taken() {
        let held: BTreeMap<u16, PartRecord> =
            [part(1, PART_MIN), part(3, PART_MIN), part(4, 10), part(9, 7)].into_iter().collect();
        let outcome = |numbers: &[u16]| {
            chosen(&listed(&held, numbers), &held)
                .map(|parts| parts.iter().map(|part| part.number).collect::<Vec<_>>())
                .map_err(|error| error.code.into_owned())
        };
        assert_eq!(outcome(&[1, 3, 9]), Ok(vec![1, 3, 9]));
        assert_eq!(outcome(&[4]), Ok(vec![4]));
        assert_eq!(outcome(&[]), Err("MalformedXML".to_owned()));
        assert_eq!(outcome(&[3, 1]), Err("InvalidPartOrder".to_owned()));
        assert_eq!(outcome(&[1, 1]), Err("InvalidPartOrder".to_owned()));
        assert_eq!(outcome(&[1, 2]), Err("InvalidPart".to_owned()));
        assert_eq!(outcome(&[1, 4, 9]), Err("EntityTooSmall".to_owned()));
        let mut wrong = listed(&held, &[1]);
        wrong[0].insert("ChecksumCRC32", "other");
        assert_eq!(chosen(&wrong, &held).unwrap_err().code, "InvalidPart");
    }

    #[test]
    fn the_etag_is_the_md5_of_md5s() {
        let (_, one) = part(1, 1);
        let bytes = hex::decode(&one.etag).unwrap();
        assert_eq!(etag(&[&one]).unwrap(), format!("{}-1", hex::encode(Md5::digest(bytes))));
    }
}
