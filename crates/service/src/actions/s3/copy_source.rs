//! What a copy reads: the `x-amz-copy-source` header, the permissions on the source, and its bytes.

use std::borrow::Cow;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use portcullis_base::Value;
use portcullis_store::record::ObjectRecord;

use super::object::{absent, read_pinned};
use super::place::{Target, named, on_object, with_existing_tags};
use super::precondition::{Reading, SOURCE, reading};
use super::refusal::{invalid_argument, no_such_key, no_such_version, precondition_failed};
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::flow::{Flow, Prospect};
use crate::port::BoxFuture;

/// The source as the header names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CopySource {
    /// The bucket.
    pub(super) bucket: String,
    /// The key.
    pub(super) key: String,
    /// The version, if one is named.
    pub(super) version: Option<String>,
}

impl CopySource {
    /// Reads the header.
    ///
    /// # Errors
    /// `InvalidArgument` when it does not name a bucket and a key.
    pub(super) fn of(input: &Value) -> Result<Self, ApiError> {
        let header = input.text("CopySource").unwrap_or_default();
        parse(header).ok_or_else(|| {
            let message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
            invalid_argument("x-amz-copy-source", header, message)
        })
    }

    fn target(&self, ask: &Ask<'_>) -> Result<Target, ApiError> {
        let bucket = named(ask, &self.bucket, ask.input.text("ExpectedSourceBucketOwner"))?;
        Ok(Target { bucket: Arc::clone(bucket), key: self.key.clone() })
    }
}

fn parse(header: &str) -> Option<CopySource> {
    // A key may hold an encoded question mark; an open one begins the version.
    let (path, version) = match header.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version)),
        None => (header, None),
    };
    // As in a form, a plus sign is a space; a key that has one is sent with `%2B`.
    let decoded =
        |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(Cow::into_owned);
    let path = decoded(path)?;
    let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/')?;
    let is_named = !bucket.is_empty() && !bucket.contains(':') && !key.is_empty();
    let version = match version {
        Some(version) => Some(decoded(version)?),
        None => None,
    };
    is_named.then(|| CopySource { bucket: bucket.to_owned(), key: key.to_owned(), version })
}

/// Loads the source and keeps its bytes; what is wrong with it is told when the gate is asked.
pub(super) fn load(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        let Ok(source) = CopySource::of(&prospect.input) else { return Ok(()) };
        let Some(bucket) = prospect.snapshot.bucket(&source.bucket) else { return Ok(()) };
        let bucket_id = bucket.record.id.clone();
        if let Some((held, pin)) = read_pinned(&prospect.service, &bucket_id, &source.key).await? {
            prospect.loaded.source = Some(held);
            prospect.loaded.pin = Some(pin);
        }
        Ok(())
    })
}

/// Every permission that reading a source can need.
pub(super) const ACTIONS: [&str; 4] =
    ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"];

/// The permission to read the source, against its own bucket's policy and its own tags.
///
/// # Errors
/// `InvalidArgument`, `NoSuchBucket`.
pub(super) fn need(ask: &Ask<'_>, is_for_tags: TagsRead) -> Result<Need, ApiError> {
    let source = CopySource::of(ask.input)?;
    let [object, tagging, version, version_tagging] = ACTIONS;
    let action = match (is_for_tags, &source.version) {
        (TagsRead::No, None) => object,
        (TagsRead::No, Some(_)) => version,
        (TagsRead::Yes, None) => tagging,
        (TagsRead::Yes, Some(_)) => version_tagging,
    };
    let target = source.target(ask)?;
    let need = on_object(ask, &target.bucket, &target.key, action)
        .key_some("s3:VersionId", source.version.as_deref());
    Ok(match &ask.loaded.source {
        Some((object, _)) => with_existing_tags(need, &object.tags),
        None => need,
    })
}

/// Whether the question is about the source's bytes or its tags.
#[derive(Clone, Copy)]
pub(super) enum TagsRead {
    /// The bytes.
    No,
    /// The tags.
    Yes,
}

/// The source, once it may be read, held against the request's conditions.
///
/// # Errors
/// That there is none, as far as the caller may know; `PreconditionFailed`.
pub(super) fn loaded(flow: &Flow) -> Result<&ObjectRecord, ApiError> {
    let ask = flow.ask();
    let source = CopySource::of(ask.input)?;
    let target = source.target(&ask)?;
    let (record, _) =
        flow.loaded.source.as_ref().ok_or_else(|| absent(&ask, &target, no_such_key(&target.key)))?;
    if let Some(version) = source.version.as_deref().filter(|version| *version != "null") {
        return Err(absent(&ask, &target, no_such_version(&target.key, version)));
    }
    match reading(ask.input, &SOURCE, record)? {
        Reading::Serve => Ok(record),
        Reading::NotModified => Err(precondition_failed("x-amz-copy-source-If-None-Match")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_a_bucket_and_a_key() {
        let source = |bucket: &str, key: &str, version: Option<&str>| {
            Some(CopySource {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                version: version.map(str::to_owned),
            })
        };
        assert_eq!(parse("b/k"), source("b", "k", None));
        assert_eq!(parse("/b/k/l"), source("b", "k/l", None));
        assert_eq!(parse("b%2Fk%3FversionId=1"), source("b", "k?versionId=1", None));
        assert_eq!(parse("b/k+%2B%20?versionId=null"), source("b", "k + ", Some("null")));
        assert_eq!(parse("b/../c/k"), source("b", "../c/k", None));
        for bad in ["", "/", ".", "b", "b/", "//b/k", "b/%ff", "arn:aws:s3:::b/k"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
