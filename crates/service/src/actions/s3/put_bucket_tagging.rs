//! PutBucketTagging: all tags of a bucket at once.

use portcullis_base::{Tags, Value};

use super::place::{bucket, bucket_need};
use super::tagging::{BUCKET_TAGS_MAX, of_set, with_tag_keys};
use super::{refusal, row};
use crate::action::{Ask, Need, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = Row {
    permission: Permission::Named("s3:PutBucketTagging", need),
    ..row::bucket_change("PutBucketTagging", "s3:PutBucketTagging", plan)
};

fn tags(ask: &Ask<'_>) -> Result<Tags, ApiError> {
    let tagging = ask.input.member("Tagging").ok_or_else(refusal::malformed_xml)?;
    of_set(tagging.list("TagSet"), BUCKET_TAGS_MAX)
}

fn need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    Ok(with_tag_keys(bucket_need(ask, action)?, &tags(ask)?))
}

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = bucket(ask)?.record.clone();
    record.tags = tags(ask)?;
    draft.put_bucket(&record);
    Ok(Value::structure())
}
