//! HeadObject: GetObject's headers without its bytes.

use super::reading::{self, Answer};
use super::{object, row};
use crate::action::{Access, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row = row::object_several(
    "HeadObject",
    reading::ACTIONS,
    reading::needs,
    Access::Read,
    Some(object::load),
    |flow| Box::pin(async move { head(flow) }),
);

fn head(flow: &mut Flow) -> Result<Output, ApiError> {
    match reading::answer(flow)? {
        Answer::NotModified(output) => Ok(output),
        Answer::Found(value, extent) => {
            Ok(Output { value: Some(value), status: extent.is_partial.then_some(206), ..Output::default() })
        }
    }
}
