//! GetBucketLocation. Buckets of the oldest region have none (S3 API reference, GetBucketLocation).

use portcullis_base::Value;

use super::create_bucket::CLASSIC_REGION;
use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_read("GetBucketLocation", "s3:GetBucketLocation", answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let region = bucket(ask)?.record.region.as_str();
    Ok(Value::structure().with_some("LocationConstraint", Some(region).filter(|it| *it != CLASSIC_REGION)))
}
