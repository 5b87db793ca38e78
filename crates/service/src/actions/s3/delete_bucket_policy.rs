//! DeleteBucketPolicy. Without a policy there is nothing to do, and it succeeds.

use portcullis_base::Value;

use super::bucket_policy::only_owners;
use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_change("DeleteBucketPolicy", "s3:DeleteBucketPolicy", plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    only_owners(ask, bucket)?;
    if bucket.record.policy.is_some() {
        let mut record = bucket.record.clone();
        record.policy = None;
        draft.put_bucket(&record);
    }
    Ok(Value::structure())
}
