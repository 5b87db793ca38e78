//! GetObjectAcl.

use super::object::{self, loaded};
use super::place::Target;
use super::version::either;
use super::{acl, row};
use crate::action::{Access, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row = row::object_several(
    "GetObjectAcl",
    &["s3:GetObjectAcl", "s3:GetObjectVersionAcl"],
    |ask| either(ask, "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    Access::Read,
    Some(object::load),
    |flow| Box::pin(async move { get(flow) }),
);

fn get(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    loaded(flow, &target)?;
    Ok(acl::of(&target.bucket).into())
}
