//! HeadBucket: whether a bucket is there and may be listed.

use portcullis_base::Value;

use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_read("HeadBucket", "s3:ListBucket", answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    Ok(Value::structure()
        .with("BucketRegion", bucket.record.region.as_str())
        .with("BucketArn", bucket.arn.as_str())
        .with("AccessPointAlias", false))
}
