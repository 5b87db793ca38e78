//! GetBucketPolicy: the text as it was saved, with the present names of its principals.

use portcullis_base::Value;

use super::bucket_policy::{no_policy, only_owners};
use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_read("GetBucketPolicy", "s3:GetBucketPolicy", answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    only_owners(ask, bucket)?;
    let policy = bucket.record.policy.as_ref().ok_or_else(|| no_policy(bucket))?;
    Ok(Value::structure().with("Policy", ask.snapshot.shown(policy)))
}
