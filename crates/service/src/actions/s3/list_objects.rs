//! ListObjects, the older list: it goes on behind a key, not at a token.

use std::sync::Arc;

use portcullis_base::Value;

use super::listing::Spelling;
use super::object_lists::{Begin, answer, last, need, objects, shown, with_owner};
use super::place::bucket;
use super::row;
use crate::action::{Output, Permission, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row =
    row::listing("ListObjects", Permission::Named("s3:ListBucket", need), |flow| Box::pin(run(flow)));

async fn run(flow: &mut Flow) -> Result<Output, ApiError> {
    let bucket = Arc::clone(bucket(&flow.ask())?);
    let spelling = Spelling::of(&flow.input)?;
    let marker = flow.input.text("Marker").filter(|marker| !marker.is_empty());
    let listed = objects(flow, &bucket, Begin { after: marker, is_told: true }).await?;
    let contents = shown(&listed, spelling, |item, _| with_owner(item, &bucket))?;
    // Without a delimiter the last key is the next marker, and S3 leaves it out.
    let is_told = listed.more && flow.input.text("Delimiter").is_some_and(|it| !it.is_empty());
    let next = last(&listed).filter(|_| is_told).map(|last| spelling.of_name(last));
    let value = answer(flow, &bucket, &listed, spelling)?
        .with("Contents", contents)
        .with("Marker", spelling.of_name(marker.unwrap_or_default()))
        .with_some("NextMarker", next);
    Ok(Value::into(value))
}
