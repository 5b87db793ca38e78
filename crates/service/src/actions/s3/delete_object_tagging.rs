//! DeleteObjectTagging.

use portcullis_base::Tags;

use super::version::either;
use super::{object, retag, row};
use crate::action::{Access, Row};

/// The action.
pub const ROW: Row = row::object_several(
    "DeleteObjectTagging",
    &["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"],
    |ask| either(ask, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
    Access::Write,
    Some(object::load),
    |flow| Box::pin(retag::retag(flow, Tags::new())),
);
