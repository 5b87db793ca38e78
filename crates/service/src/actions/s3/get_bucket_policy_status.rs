//! GetBucketPolicyStatus: whether the bucket's policy makes it public.

use portcullis_base::Value;

use super::bucket_policy::no_policy;
use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_read("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus", answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    if bucket.record.policy.is_none() {
        return Err(no_policy(bucket));
    }
    let status = Value::structure().with("IsPublic", bucket.is_public);
    Ok(Value::structure().with("PolicyStatus", status))
}
