//! PutBucketAcl, which can change nothing.

use portcullis_base::Value;

use super::place::bucket;
use super::{acl, row};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::bucket_change("PutBucketAcl", "s3:PutBucketAcl", |ask, _| {
    acl::check(ask.input, bucket(ask)?)?;
    Ok(Value::structure())
});
