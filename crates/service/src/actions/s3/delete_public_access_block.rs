//! DeletePublicAccessBlock, which needs the permission of putting one.

use portcullis_base::Value;

use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_change("DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock", plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    if bucket.record.public_access_block.is_some() {
        let mut record = bucket.record.clone();
        record.public_access_block = None;
        draft.put_bucket(&record);
    }
    Ok(Value::structure())
}
