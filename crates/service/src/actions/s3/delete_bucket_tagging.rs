//! DeleteBucketTagging, which needs the permission of putting tags.

use portcullis_base::{Tags, Value};

use super::place::bucket;
use super::row;
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_change("DeleteBucketTagging", "s3:PutBucketTagging", plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let bucket = bucket(ask)?;
    if !bucket.record.tags.is_empty() {
        let mut record = bucket.record.clone();
        record.tags = Tags::new();
        draft.put_bucket(&record);
    }
    Ok(Value::structure())
}
