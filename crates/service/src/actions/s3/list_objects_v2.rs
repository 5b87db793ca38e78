//! ListObjectsV2.

use std::sync::Arc;

use portcullis_base::Value;

use super::continuation::Listing;
use super::listing::Spelling;
use super::object_lists::{Begin, answer, last, need, objects, shown, with_owner};
use super::place::bucket;
use super::row;
use crate::action::{Output, Permission, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row =
    row::listing("ListObjectsV2", Permission::Named("s3:ListBucket", need), |flow| Box::pin(run(flow)));

async fn run(flow: &mut Flow) -> Result<Output, ApiError> {
    let ask = flow.ask();
    let bucket = Arc::clone(bucket(&ask)?);
    let spelling = Spelling::of(ask.input)?;
    let parts = [
        bucket.record.id.as_str(),
        ask.input.text("Prefix").unwrap_or_default(),
        ask.input.text("Delimiter").unwrap_or_default(),
    ];
    let listing = Listing(&parts);
    let token = ask.input.text("ContinuationToken");
    let opened = token.map(|token| listing.open(&ask, token)).transpose()?;
    // A token goes on where the list stood, whatever start is given with it.
    let begin = match &opened {
        Some(name) => Begin { after: Some(name), is_told: true },
        None => Begin { after: ask.input.text("StartAfter"), is_told: false },
    };
    let listed = objects(flow, &bucket, begin).await?;
    let with_owners = ask.input.bool("FetchOwner") == Some(true);
    let contents =
        shown(&listed, spelling, |item, _| if with_owners { with_owner(item, &bucket) } else { item })?;
    let next = last(&listed).filter(|_| listed.more).map(|last| listing.token(&ask, last));
    let value = answer(flow, &bucket, &listed, spelling)?
        .with("Contents", contents)
        .with("KeyCount", listed.entries.len())
        .with_some("StartAfter", ask.input.text("StartAfter").map(|it| spelling.of_name(it)))
        .with_some("ContinuationToken", token)
        .with_some("NextContinuationToken", next);
    Ok(Value::into(value))
}
