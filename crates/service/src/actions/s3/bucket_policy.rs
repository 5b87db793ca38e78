//! What the actions on bucket policies share: who may use them, and when a policy is accepted.

use portcullis_policy::{Document, PolicyKind, Statement};
use portcullis_store::record::DocumentRecord;

use crate::action::Ask;
use crate::draft::Draft;
use crate::error::{ApiError, Family};
use crate::snapshot::Bucket;

/// Only principals of the owner's account use these actions, even where a policy grants them to others (S3 API
/// reference, GetBucketPolicy).
///
/// # Errors
/// `MethodNotAllowed`.
pub(super) fn only_owners(ask: &Ask<'_>, bucket: &Bucket) -> Result<(), ApiError> {
    if ask.caller.account == Some(bucket.record.account) {
        return Ok(());
    }
    let message = "The specified method is not allowed against this resource.";
    Err(ApiError::caller("MethodNotAllowed", 405, message).with("ResourceType", "BUCKETPOLICY"))
}

/// The text of a new policy of this bucket, ready to be stored; its findings go to the draft.
///
/// # Errors
/// `MalformedPolicy`; `AccessDenied` when public policies are blocked.
pub(super) fn accepted(
    ask: &Ask<'_>,
    bucket: &Bucket,
    text: &str,
    draft: &mut Draft,
) -> Result<DocumentRecord, ApiError> {
    if text.len() > ask.service.settings.limits.quota("bucket-policy-size") {
        return Err(malformed("Policy exceeds the maximum allowed document size."));
    }
    let document = bucket_policy_of(&bucket.arn, text)?;
    let record = ask.snapshot.resolved(text, &document).map_err(|error| malformed(&error.message))?;
    let blocks = bucket.record.public_access_block.is_some_and(|block| block.block_public_policy);
    if blocks && super::is_public(text) {
        return Err(blocked(ask, bucket));
    }
    crate::lint::note(text, PolicyKind::Resource, draft);
    Ok(record)
}

/// A text as a policy of the bucket with this ARN, whatever its size.
///
/// # Errors
/// `MalformedPolicy`.
pub fn bucket_policy_of(arn: &str, text: &str) -> Result<Document, ApiError> {
    let parsed =
        portcullis_policy::parse(text, PolicyKind::Resource).map_err(|error| malformed(&error.message))?;
    check_actions(&parsed.document)?;
    check_resources(&parsed.document, arn)?;
    Ok(parsed.document)
}

fn malformed(message: &str) -> ApiError {
    ApiError::caller("MalformedPolicy", 400, message)
}

fn blocked(ask: &Ask<'_>, bucket: &Bucket) -> ApiError {
    let message = format!(
        "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"{}\" because public policies are \
         blocked by the BlockPublicPolicy block public access setting.",
        ask.caller.arn, bucket.arn
    );
    ApiError::access_denied(Family::S3, message)
}

/// A bucket policy speaks of S3 only.
fn check_actions(document: &Document) -> Result<(), ApiError> {
    let mut patterns = document.statements().iter().flat_map(Statement::action_patterns);
    let is_foreign = |pattern: &&str| {
        *pattern != "*"
            && !pattern.split(':').next().is_some_and(|service| service.eq_ignore_ascii_case("s3"))
    };
    match patterns.find(is_foreign) {
        None => Ok(()),
        Some(pattern) => Err(malformed("Policy has invalid action").with("Detail", pattern)),
    }
}

/// A bucket policy speaks of its own bucket and what is in it.
fn check_resources(document: &Document, arn: &str) -> Result<(), ApiError> {
    let is_own = |pattern: &str| {
        pattern.strip_prefix(arn).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut patterns = document.statements().iter().flat_map(Statement::resource_patterns);
    match patterns.find(|pattern| !is_own(pattern)) {
        None => Ok(()),
        Some(pattern) => Err(malformed("Policy has invalid resource").with("Detail", pattern)),
    }
}

/// 404 `NoSuchBucketPolicy`.
pub(super) fn no_policy(bucket: &Bucket) -> ApiError {
    ApiError::caller("NoSuchBucketPolicy", 404, "The bucket policy does not exist")
        .with("BucketName", bucket.record.name.as_str())
}
