//! ListMultipartUploads: by object key, then by upload id.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::UploadRecord;
use portcullis_store::{Key, codec};

use super::listing::{Entry, Listed, Spelling, Wanted, behind, common_prefixes, list, most};
use super::object::storage_class_of;
use super::owner::owner;
use super::place::{bucket, bucket_need};
use super::row;
use crate::action::{Output, Permission, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::snapshot::Bucket;

/// The action. Its permission knows no `s3:prefix`, as that of the lists of objects does (Service Authorization
/// Reference, "Actions defined by Amazon S3").
pub const ROW: Row = row::listing(
    "ListMultipartUploads",
    Permission::Named("s3:ListBucketMultipartUploads", bucket_need),
    |flow| Box::pin(run(flow)),
);

/// The object's key and the upload's id, of the part of a key behind the base.
fn parts(tail: &str) -> (&str, &str) {
    tail.rsplit_once('\0').unwrap_or((tail, ""))
}

/// Where the list begins: behind one upload of the marker's key, or behind all of them.
fn begin(base: &Key, key: Option<&str>, id: Option<&str>) -> Option<Key> {
    let key = key?;
    Some(match id {
        Some(id) => behind(base, &format!("{key}\0{id}")),
        None => behind(base, key).prefix_end(),
    })
}

async fn run(flow: &mut Flow) -> Result<Output, ApiError> {
    let bucket = Arc::clone(bucket(&flow.ask())?);
    let input = &flow.input;
    let spelling = Spelling::of(input)?;
    let given = |name: &str| input.text(name).filter(|text| !text.is_empty());
    let (key_marker, id_marker) = (given("KeyMarker"), given("UploadIdMarker"));
    let base = Key::uploads(&bucket.record.id);
    let wanted = Wanted {
        prefix: input.text("Prefix").unwrap_or_default(),
        delimiter: given("Delimiter"),
        from: begin(&base, key_marker, id_marker),
        told: key_marker,
        most: most(input, "MaxUploads", "max-uploads")?,
        name: |tail| parts(tail).0,
        base,
    };
    let listed = list(flow.service.engine.as_ref(), &wanted).await?;
    let uploads = shown(&listed, &bucket, spelling)?;
    let next = next(&listed);
    let value = Value::structure()
        .with("Bucket", bucket.record.name.as_str())
        .with("KeyMarker", spelling.of_name(key_marker.unwrap_or_default()))
        .with("UploadIdMarker", id_marker.unwrap_or_default())
        .with_some("NextKeyMarker", next.map(|(key, _)| spelling.of_name(key)))
        .with_some("NextUploadIdMarker", next.map(|(_, id)| id).filter(|id| !id.is_empty()))
        .with("Prefix", spelling.of_name(wanted.prefix))
        .with_some("Delimiter", wanted.delimiter.map(|it| spelling.of_name(it)))
        .with("MaxUploads", wanted.most)
        .with("IsTruncated", listed.more)
        .with("Uploads", uploads)
        .with("CommonPrefixes", common_prefixes(&listed.entries, spelling))
        .with_some("EncodingType", spelling.told());
    Ok(value.into())
}

/// Key and id with which the next page begins, if there is one.
fn next(listed: &Listed) -> Option<(&str, &str)> {
    let last = listed.entries.last().filter(|_| listed.more)?;
    Some(match last {
        Entry::Record(tail, _) => parts(tail),
        Entry::Prefix(prefix) => (prefix, ""),
    })
}

fn shown(listed: &Listed, bucket: &Bucket, spelling: Spelling) -> Result<Value, ApiError> {
    let records = listed.entries.iter().filter_map(|entry| match entry {
        Entry::Record(_, held) => Some(held),
        Entry::Prefix(_) => None,
    });
    let mut uploads = Vec::new();
    for held in records {
        let upload: UploadRecord = codec::from_bytes(&held.value)?;
        let initiator = Value::structure()
            .with("ID", upload.initiator.as_str())
            .with("DisplayName", upload.initiator.as_str());
        uploads.push(
            Value::structure()
                .with("UploadId", upload.id.as_str())
                .with("Key", spelling.of_name(&upload.object_key))
                .with("Initiated", upload.started)
                .with("StorageClass", storage_class_of(&upload.headers))
                .with("Owner", owner(bucket.record.account))
                .with("Initiator", initiator)
                .with_some("ChecksumAlgorithm", upload.checksum_algorithm.as_deref())
                .with_some("ChecksumType", upload.checksum_type.as_deref()),
        );
    }
    Ok(Value::List(uploads))
}
