//! PutBucketPolicy.

use portcullis_base::Value;

use super::bucket_policy::{accepted, only_owners};
use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_change("PutBucketPolicy", "s3:PutBucketPolicy", plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    only_owners(ask, bucket)?;
    let mut record = bucket.record.clone();
    record.policy = Some(accepted(ask, bucket, ask.text("Policy")?, draft)?);
    draft.put_bucket(&record);
    Ok(Value::structure())
}
