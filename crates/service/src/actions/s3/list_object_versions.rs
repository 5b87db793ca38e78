//! ListObjectVersions. Without versioning each object has the one version `null`.

use std::sync::Arc;

use portcullis_base::Value;

use super::listing::Spelling;
use super::object_lists::{Begin, answer, last, need, objects, shown, with_owner};
use super::place::bucket;
use super::refusal::invalid_argument;
use super::row;
use crate::action::{Output, Permission, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row =
    row::listing("ListObjectVersions", Permission::Named("s3:ListBucketVersions", need), |flow| {
        Box::pin(run(flow))
    });

async fn run(flow: &mut Flow) -> Result<Output, ApiError> {
    let bucket = Arc::clone(bucket(&flow.ask())?);
    let spelling = Spelling::of(&flow.input)?;
    let marker = flow.input.text("KeyMarker").filter(|marker| !marker.is_empty());
    let version = flow.input.text("VersionIdMarker").filter(|version| !version.is_empty());
    if let (None, Some(version)) = (marker, version) {
        let message = "A version-id marker cannot be specified without a key marker.";
        return Err(invalid_argument("version-id-marker", version, message));
    }
    let listed = objects(flow, &bucket, Begin { after: marker, is_told: true }).await?;
    let versions = shown(&listed, spelling, |item, _| {
        with_owner(item.with("VersionId", "null").with("IsLatest", true), &bucket)
    })?;
    let next = last(&listed).filter(|_| listed.more).map(|last| spelling.of_name(last));
    let value = answer(flow, &bucket, &listed, spelling)?
        .with("Versions", versions)
        .with("KeyMarker", spelling.of_name(marker.unwrap_or_default()))
        .with("VersionIdMarker", version.unwrap_or_default())
        .with_some("NextVersionIdMarker", next.as_ref().map(|_| "null"))
        .with_some("NextKeyMarker", next);
    Ok(Value::into(value))
}
