//! GetBucketTagging.

use portcullis_base::Value;

use super::place::bucket;
use super::{row, tagging};
use crate::action::Row;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_read("GetBucketTagging", "s3:GetBucketTagging", answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    if bucket.record.tags.is_empty() {
        return Err(ApiError::caller("NoSuchTagSet", 404, "The TagSet does not exist")
            .with("BucketName", bucket.record.name.as_str()));
    }
    Ok(Value::structure().with("TagSet", tagging::tag_set(&bucket.record.tags)))
}
