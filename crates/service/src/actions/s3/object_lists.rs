//! What the lists of objects share: the permission's keys, and an object as a list shows it.

use portcullis_base::Value;
use portcullis_store::record::ObjectRecord;
use portcullis_store::{Key, Versioned, codec};

use super::listing::{Entry, Listed, Spelling, Wanted, list, most};
use super::object::{algorithm, checksum_type, storage_class};
use super::owner::owner;
use super::place::{bucket, on_bucket, quoted};
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::snapshot::Bucket;

/// The permission of a list, with the keys that hold it to a part of the bucket.
///
/// # Errors
/// Those of naming a bucket.
pub(super) fn need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    Ok(on_bucket(ask, bucket(ask)?, action)
        .key_some("s3:prefix", ask.input.text("Prefix"))
        .key_some("s3:delimiter", ask.input.text("Delimiter"))
        .key_some("s3:max-keys", ask.input.int("MaxKeys").map(|number| number.to_string())))
}

/// Where a list begins.
#[derive(Default)]
pub(super) struct Begin<'a> {
    /// Behind this name.
    pub(super) after: Option<&'a str>,
    /// The name is the last that an earlier page told.
    pub(super) is_told: bool,
}

/// Lists the objects of a bucket as the input wants it.
///
/// # Errors
/// `InvalidArgument`; of the world when the store fails.
pub(super) async fn objects(flow: &Flow, bucket: &Bucket, begin: Begin<'_>) -> Result<Listed, ApiError> {
    let base = Key::objects(&bucket.record.id);
    let delimiter = flow.input.text("Delimiter").filter(|delimiter| !delimiter.is_empty());
    let wanted = Wanted {
        prefix: flow.input.text("Prefix").unwrap_or_default(),
        delimiter,
        from: begin.after.map(|after| super::listing::behind(&base, after)),
        told: begin.after.filter(|_| begin.is_told),
        most: most(&flow.input, "MaxKeys", "maxKeys")?,
        name: |tail| tail,
        base,
    };
    list(flow.service.engine.as_ref(), &wanted).await
}

/// The last name that a page tells.
pub(super) fn last(listed: &Listed) -> Option<&str> {
    listed.entries.last().map(|entry| match entry {
        Entry::Record(name, _) | Entry::Prefix(name) => name.as_str(),
    })
}

/// The objects of a page, each as `show` completes it.
///
/// # Errors
/// Of the world, for a record that cannot be read.
pub(super) fn shown(
    listed: &Listed,
    spelling: Spelling,
    show: impl Fn(Value, &ObjectRecord) -> Value,
) -> Result<Value, ApiError> {
    let records = listed.entries.iter().filter_map(|entry| match entry {
        Entry::Record(name, held) => Some((name, held)),
        Entry::Prefix(_) => None,
    });
    records
        .map(|(name, held)| {
            let record = decoded(held)?;
            Ok(show(item(name, &record, spelling), &record))
        })
        .collect::<Result<Vec<Value>, ApiError>>()
        .map(Value::List)
}

fn decoded(held: &Versioned) -> Result<ObjectRecord, ApiError> {
    Ok(codec::from_bytes(&held.value)?)
}

fn item(name: &str, record: &ObjectRecord, spelling: Spelling) -> Value {
    let item = Value::structure()
        .with("Key", spelling.of_name(name))
        .with("LastModified", record.modified)
        .with("ETag", quoted(&record.etag))
        .with("Size", i64::try_from(record.size()).unwrap_or(i64::MAX))
        .with("StorageClass", storage_class(record));
    match &record.checksum {
        Some((member, sum)) => item
            .with("ChecksumAlgorithm", Value::List(vec![Value::from(algorithm(member))]))
            .with("ChecksumType", checksum_type(sum)),
        None => item,
    }
}

/// Adds the owner, who is the bucket's.
pub(super) fn with_owner(value: Value, bucket: &Bucket) -> Value {
    value.with("Owner", owner(bucket.record.account))
}

/// What every list of objects answers beside its entries.
pub(super) fn answer(
    flow: &Flow,
    bucket: &Bucket,
    listed: &Listed,
    spelling: Spelling,
) -> Result<Value, ApiError> {
    let input = &flow.input;
    Ok(Value::structure()
        .with("Name", bucket.record.name.as_str())
        .with("Prefix", spelling.of_name(input.text("Prefix").unwrap_or_default()))
        .with_some("Delimiter", input.text("Delimiter").map(|it| spelling.of_name(it)))
        .with("MaxKeys", most(input, "MaxKeys", "maxKeys")?)
        .with_some("EncodingType", spelling.told())
        .with("IsTruncated", listed.more)
        .with("CommonPrefixes", super::listing::common_prefixes(&listed.entries, spelling)))
}
