//! PutPublicAccessBlock: the four switches; what is not said is off.

use portcullis_base::Value;
use portcullis_store::record::PublicAccessBlock;

use super::place::bucket;
use super::refusal::malformed_xml;
use super::row;
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::bucket_change("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock", plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let configuration = ask.input.member("PublicAccessBlockConfiguration").ok_or_else(malformed_xml)?;
    let is_on = |name: &str| configuration.bool(name).unwrap_or(false);
    let mut record = bucket(ask)?.record.clone();
    record.public_access_block = Some(PublicAccessBlock {
        block_public_acls: is_on("BlockPublicAcls"),
        ignore_public_acls: is_on("IgnorePublicAcls"),
        block_public_policy: is_on("BlockPublicPolicy"),
        restrict_public_buckets: is_on("RestrictPublicBuckets"),
    });
    draft.put_bucket(&record);
    Ok(Value::structure())
}
