//! GetObject.

use super::content::{answered, content};
use super::reading::{self, Answer};
use super::{object, row};
use crate::action::{Access, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::vigil::Vigil;

/// The action.
pub const ROW: Row = row::object_several(
    "GetObject",
    reading::ACTIONS,
    reading::needs,
    Access::Read,
    Some(object::load_pinned),
    |flow| Box::pin(async move { get(flow) }),
);

fn get(flow: &mut Flow) -> Result<Output, ApiError> {
    let (value, extent) = match reading::answer(flow)? {
        Answer::Found(value, extent) => (value, extent),
        Answer::NotModified(output) => return Ok(output),
    };
    let Some((record, _)) = &flow.loaded.object else {
        return Err(ApiError::internal("an object that was found is gone"));
    };
    let bytes = content(&flow.service.blobs, record, &extent.range, flow.loaded.pin.clone());
    let length = extent.range.end - extent.range.start;
    let stream = answered(bytes, Vigil::over(flow));
    flow.trail.bytes.1 = length;
    Ok(Output {
        value: Some(value),
        stream: Some((length, stream)),
        status: extent.is_partial.then_some(206),
        headers: Vec::new(),
    })
}
