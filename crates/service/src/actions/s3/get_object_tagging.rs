//! GetObjectTagging.

use portcullis_base::Value;

use super::object::{self, loaded};
use super::place::Target;
use super::version::either;
use super::{row, tagging};
use crate::action::{Access, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row = row::object_several(
    "GetObjectTagging",
    &["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
    |ask| either(ask, "s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    Access::Read,
    Some(object::load),
    |flow| Box::pin(async move { get(flow) }),
);

fn get(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    let (record, _) = loaded(flow, &target)?;
    Ok(Value::structure().with("TagSet", tagging::tag_set(&record.tags)).into())
}
