//! Which bucket and object a request is about, and the questions to the gate that follow.
//!
//! An absent bucket is told to every authenticated caller, as AWS does; an absent object only to those who may list
//! the bucket (see `object`).

use std::sync::Arc;

use portcullis_base::Tags;
use portcullis_base::Value;

use super::copy_source::CopySource;
use super::name::check_key;
use super::refusal::no_such_bucket;
use crate::action::{Ask, Guarding, Need};
use crate::error::{ApiError, Family};
use crate::port::SignatureForm;
use crate::snapshot::Bucket;

/// A header of the request, by its member, and the condition key that it feeds (Service Authorization Reference,
/// "Condition keys for Amazon S3").
const HEADER_KEYS: &[(&str, &str)] = &[
    ("ACL", "s3:x-amz-acl"),
    ("GrantFullControl", "s3:x-amz-grant-full-control"),
    ("GrantRead", "s3:x-amz-grant-read"),
    ("GrantReadACP", "s3:x-amz-grant-read-acp"),
    ("GrantWrite", "s3:x-amz-grant-write"),
    ("GrantWriteACP", "s3:x-amz-grant-write-acp"),
    ("IfMatch", "s3:if-match"),
    ("IfNoneMatch", "s3:if-none-match"),
    ("MetadataDirective", "s3:x-amz-metadata-directive"),
    ("ObjectLockLegalHoldStatus", "s3:object-lock-legal-hold"),
    ("ObjectLockMode", "s3:object-lock-mode"),
    ("ObjectOwnership", "s3:x-amz-object-ownership"),
    ("SSECustomerAlgorithm", "s3:x-amz-server-side-encryption-customer-algorithm"),
    ("SSEKMSKeyId", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    ("ServerSideEncryption", "s3:x-amz-server-side-encryption"),
    ("StorageClass", "s3:x-amz-storage-class"),
    ("VersionId", "s3:VersionId"),
    ("WebsiteRedirectLocation", "s3:x-amz-website-redirect-location"),
];

/// An object's place.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) bucket: Arc<Bucket>,
    pub(super) key: String,
}

impl Target {
    /// The object that a request is about.
    ///
    /// # Errors
    /// Those of [`bucket`] and [`key`].
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, ApiError> {
        Ok(Self { bucket: Arc::clone(bucket(ask)?), key: key(ask)?.to_owned() })
    }
}

/// The bucket that a request is about.
///
/// # Errors
/// `NoSuchBucket`; `AccessDenied` if it has not the owner that the caller expects.
pub(super) fn bucket<'a>(ask: &Ask<'a>) -> Result<&'a Arc<Bucket>, ApiError> {
    named(ask, ask.text("Bucket")?, ask.input.text("ExpectedBucketOwner"))
}

/// A bucket by name.
///
/// # Errors
/// Those of [`bucket`].
pub(super) fn named<'a>(
    ask: &Ask<'a>,
    name: &str,
    expected_owner: Option<&str>,
) -> Result<&'a Arc<Bucket>, ApiError> {
    let denied = || ApiError::access_denied(Family::S3, "Access Denied");
    let Some(bucket) = ask.snapshot.bucket(name) else {
        return Err(if ask.caller.account.is_none() { denied() } else { no_such_bucket(name) });
    };
    match expected_owner {
        Some(owner) if owner != bucket.record.account.to_string() => Err(denied()),
        _ => Ok(bucket),
    }
}

/// The key that a request is about.
///
/// # Errors
/// `KeyTooLongError`.
pub(super) fn key<'a>(ask: &Ask<'a>) -> Result<&'a str, ApiError> {
    let key = ask.text("Key")?;
    check_key(key)?;
    Ok(key)
}

/// The question about an action on a bucket.
pub(super) fn on_bucket(ask: &Ask<'_>, bucket: &Arc<Bucket>, action: &'static str) -> Need {
    guarded(ask, bucket, bucket.arn.clone(), action)
}

/// The question about an action on an object.
pub(super) fn on_object(ask: &Ask<'_>, bucket: &Arc<Bucket>, key: &str, action: &'static str) -> Need {
    guarded(ask, bucket, format!("{}/{key}", bucket.arn), action)
}

fn guarded(ask: &Ask<'_>, bucket: &Arc<Bucket>, resource: String, action: &'static str) -> Need {
    let account = bucket.record.account;
    let need = Need::new(action, resource, account).guarded(Guarding::Bucket(Arc::clone(bucket)));
    with_signature(ask, need).key("s3:ResourceAccount", account.to_string())
}

/// Adds the keys that tell how the request was signed.
pub(super) fn with_signature(ask: &Ask<'_>, need: Need) -> Need {
    let Some(claim) = ask.claim else { return need };
    let need = need.key("s3:signatureversion", "AWS4-HMAC-SHA256");
    match claim.form {
        SignatureForm::Header => need
            .key("s3:authType", "REST-HEADER")
            .key_some("s3:x-amz-content-sha256", ask.facts.header("x-amz-content-sha256")),
        SignatureForm::Query => need
            .key("s3:authType", "REST-QUERY-STRING")
            .key("s3:signatureAge", ask.now.since(claim.signed_at).as_millis().to_string())
            .key("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    }
}

/// Adds the keys that the request's headers feed. The source of a copy has many spellings, of which a policy can name
/// only one: it is given as `BUCKET/KEY`, however it was sent.
pub(super) fn with_headers(ask: &Ask<'_>, need: Need) -> Need {
    let source = CopySource::of(ask.input).ok().map(|source| format!("{}/{}", source.bucket, source.key));
    let need = need.key_some("s3:x-amz-copy-source", source);
    HEADER_KEYS.iter().fold(need, |need, (member, key)| need.key_some(key, ask.input.text(member)))
}

/// Adds the keys of tags that a request gives to an object.
pub(super) fn with_request_tags(need: Need, tags: &Tags) -> Need {
    if tags.is_empty() {
        return need;
    }
    let keys = tags.iter().map(|tag| tag.key.clone()).collect();
    tags.iter()
        .fold(need, |need, tag| need.key(format!("s3:RequestObjectTag/{}", tag.key), tag.value.as_str()))
        .keys("s3:RequestObjectTagKeys", keys)
}

/// Adds the keys of tags that an object has.
pub(super) fn with_existing_tags(need: Need, tags: &Tags) -> Need {
    tags.iter()
        .fold(need, |need, tag| need.key(format!("s3:ExistingObjectTag/{}", tag.key), tag.value.as_str()))
}

/// The one permission of an action on a bucket.
///
/// # Errors
/// Those of [`bucket`].
pub(super) fn bucket_need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    Ok(with_headers(ask, on_bucket(ask, bucket(ask)?, action)))
}

/// The one permission of an action on an object, with the tags of the object if it was loaded.
///
/// # Errors
/// Those of [`bucket`] and [`key`].
pub(super) fn object_need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    let need = with_headers(ask, on_object(ask, bucket(ask)?, key(ask)?, action));
    Ok(match &ask.loaded.object {
        Some((object, _)) => with_existing_tags(need, &object.tags),
        None => need,
    })
}

/// The bucket, for the event.
pub(super) fn bucket_resources(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let name = ask.input.text("Bucket");
    name.map(|name| ("AWS::S3::Bucket", format!("arn:aws:s3:::{name}"))).into_iter().collect()
}

/// The object and its bucket, for the event.
pub(super) fn object_resources(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let mut resources = bucket_resources(ask);
    if let (Some((_, bucket)), Some(key)) = (resources.first(), ask.input.text("Key")) {
        resources.insert(0, ("AWS::S3::Object", format!("{bucket}/{key}")));
    }
    resources
}

/// An etag as S3 gives it out.
pub(super) fn quoted(etag: &str) -> Value {
    Value::from(format!("\"{etag}\""))
}
