//! PutObjectAcl, which can change nothing.

use portcullis_base::Value;

use super::object::{self, loaded};
use super::place::Target;
use super::version::either;
use super::{acl, row};
use crate::action::{Access, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row = row::object_several(
    "PutObjectAcl",
    &["s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
    |ask| either(ask, "s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    Access::Write,
    Some(object::load),
    |flow| Box::pin(async move { put(flow) }),
);

fn put(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    loaded(flow, &target)?;
    acl::check(&flow.input, &target.bucket)?;
    Ok(Value::structure().into())
}
