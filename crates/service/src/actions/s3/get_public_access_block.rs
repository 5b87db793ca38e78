//! GetPublicAccessBlock.

use portcullis_base::Value;

use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_read("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    let block = bucket.record.public_access_block.ok_or_else(|| {
        let message = "The public access block configuration was not found";
        ApiError::caller("NoSuchPublicAccessBlockConfiguration", 404, message)
            .with("BucketName", bucket.record.name.as_str())
    })?;
    let configuration = Value::structure()
        .with("BlockPublicAcls", block.block_public_acls)
        .with("IgnorePublicAcls", block.ignore_public_acls)
        .with("BlockPublicPolicy", block.block_public_policy)
        .with("RestrictPublicBuckets", block.restrict_public_buckets);
    Ok(Value::structure().with("PublicAccessBlockConfiguration", configuration))
}
