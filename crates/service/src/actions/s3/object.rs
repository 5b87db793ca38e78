//! Finding objects, and telling of absent ones.
//!
//! The decision on a read may depend on the object's tags, so the record is loaded before the gate is asked, and the
//! bytes that are read afterwards are those of that same record: they are pinned, and the record is read again after
//! that, so that no overwriting can come in between.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::ObjectRecord;
use portcullis_store::{Key, Revision, codec};

use super::place::{Target, on_bucket};
use super::refusal::{invalid_argument, no_such_key, no_such_version, overtaken};
use crate::action::Ask;
use crate::blob::Pin;
use crate::error::ApiError;
use crate::flow::{Flow, Prospect};
use crate::gate;
use crate::port::BoxFuture;
use crate::service::{ATTEMPTS_MAX, Service};

/// An object with the revision that wrote it.
pub(super) type Held = (ObjectRecord, Revision);

/// Reads an object's record.
///
/// # Errors
/// Of the world, when the store fails.
pub(super) async fn read(service: &Service, bucket_id: &str, key: &str) -> Result<Option<Held>, ApiError> {
    match service.engine.read(&Key::object(bucket_id, key)).await? {
        Some(held) => Ok(Some((codec::from_bytes(&held.value)?, held.revision))),
        None => Ok(None),
    }
}

/// Reads an object's record and pins its bytes.
///
/// # Errors
/// Of the world, when the store fails; `OperationAborted` when the object changes faster than it is read.
pub(super) async fn read_pinned(
    service: &Service,
    bucket_id: &str,
    key: &str,
) -> Result<Option<(Held, Arc<Pin>)>, ApiError> {
    for _ in 0..ATTEMPTS_MAX {
        let Some((record, revision)) = read(service, bucket_id, key).await? else { return Ok(None) };
        let pin = Arc::new(service.blobs.pin(&record.blobs));
        let again = service.engine.read(&Key::object(bucket_id, key)).await?;
        if again.is_some_and(|again| again.revision == revision) {
            return Ok(Some(((record, revision), pin)));
        }
    }
    Err(overtaken())
}

/// Where a request's object stands, if its bucket exists; what else is wrong is told when the gate is asked.
fn place(prospect: &Prospect) -> Option<(String, String)> {
    let bucket = prospect.snapshot.bucket(prospect.input.text("Bucket")?)?;
    Some((bucket.record.id.clone(), prospect.input.text("Key")?.to_owned()))
}

/// Loads the object for its tags and attributes.
pub(super) fn load(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        if let Some((bucket_id, key)) = place(prospect) {
            prospect.loaded.object = read(&prospect.service, &bucket_id, &key).await?;
        }
        Ok(())
    })
}

/// Loads the object and keeps its bytes.
pub(super) fn load_pinned(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        if let Some((bucket_id, key)) = place(prospect)
            && let Some((held, pin)) = read_pinned(&prospect.service, &bucket_id, &key).await?
        {
            prospect.loaded.object = Some(held);
            prospect.loaded.pin = Some(pin);
        }
        Ok(())
    })
}

/// The object that was loaded.
///
/// # Errors
/// That there is none, as far as the caller may know.
pub(super) fn loaded<'f>(flow: &'f Flow, target: &Target) -> Result<&'f Held, ApiError> {
    let held =
        flow.loaded.object.as_ref().ok_or_else(|| absent(&flow.ask(), target, no_such_key(&target.key)))?;
    check_version(&flow.ask(), target)?;
    Ok(held)
}

/// An absent object is told to those who may list the bucket; everybody else is refused alike whether it is there or
/// not (S3 API reference, GetObject, "Permissions").
pub(super) fn absent(ask: &Ask<'_>, target: &Target, told: ApiError) -> ApiError {
    let need = on_bucket(ask, &target.bucket, "s3:ListBucket");
    let decision = gate::judge(ask, &need);
    if decision.is_allowed() { told } else { gate::denial(ask.caller, ask.family, &need, &decision) }
}

/// Without versioning every object has the one version `null`.
///
/// # Errors
/// That there is no other.
pub(super) fn check_version(ask: &Ask<'_>, target: &Target) -> Result<(), ApiError> {
    match ask.input.text("VersionId") {
        None | Some("null") => Ok(()),
        Some("") => Err(invalid_argument("versionId", "", "Version id cannot be the empty string")),
        Some(version) => Err(absent(ask, target, no_such_version(&target.key, version))),
    }
}

/// The stored headers, by the member that they come from and go to, and the name under which they are kept.
pub(super) const STORED: &[(&str, &str)] = &[
    ("CacheControl", "cache-control"),
    ("ContentDisposition", "content-disposition"),
    ("ContentEncoding", "content-encoding"),
    ("ContentLanguage", "content-language"),
    ("ContentType", "content-type"),
    ("Expires", "expires"),
    ("StorageClass", "x-amz-storage-class"),
    ("WebsiteRedirectLocation", "x-amz-website-redirect-location"),
];

/// An object's storage class.
pub(super) fn storage_class(record: &ObjectRecord) -> &str {
    storage_class_of(&record.headers)
}

/// The storage class among stored headers.
pub(super) fn storage_class_of(headers: &[(String, String)]) -> &str {
    let held = headers.iter().find(|(name, _)| name == "x-amz-storage-class");
    held.map_or("STANDARD", |(_, class)| class)
}

/// The algorithm of a checksum's member, `CRC32` of `ChecksumCRC32`.
pub(super) fn algorithm(member: &str) -> &str {
    member.strip_prefix("Checksum").unwrap_or(member)
}

/// `COMPOSITE` for a checksum of parts' checksums, which ends in their number.
pub(super) fn checksum_type(value: &str) -> &'static str {
    if value.contains('-') { "COMPOSITE" } else { "FULL_OBJECT" }
}

/// Adds a checksum with its type.
pub(super) fn with_checksum(value: Value, checksum: Option<&(String, String)>) -> Value {
    match checksum {
        Some((member, sum)) => value.with(member, sum.as_str()).with("ChecksumType", checksum_type(sum)),
        None => value,
    }
}
