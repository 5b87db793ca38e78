//! GetBucketAcl.

use super::place::bucket;
use super::{acl, row};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::bucket_read("GetBucketAcl", "s3:GetBucketAcl", |ask| Ok(acl::of(bucket(ask)?)));
