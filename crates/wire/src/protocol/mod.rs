//! The protocols: a request's bytes become a [`Value`] by the input's shape, an output becomes bytes by its own.
//!
//! One codec per protocol reads the service models' tables; none of them knows an operation by name. What a codec
//! lets through has the shape's types, but not yet its limits: those are
//! [`validate`](portcullis_base::shape::validate)'s, after the caller is known.

mod json;
mod models;
mod query;
pub(crate) mod rest_json;
mod rest_xml;
mod scalar;
mod tree;

use portcullis_base::Value;
use portcullis_base::shape::{Model, Operation, Place, Protocol};

pub use json::from_json;
pub use models::{model, models};
pub use rest_json::refusal_code;

use crate::fault::{Fault, host_id};
use crate::frame::Head;
use crate::route::Routed;

/// The most unknown members that are reported of one request.
const UNKNOWN_MAX: usize = 20;

/// A request's input.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The input by its shape; members that the shape does not know are not in it, nor are streamed ones.
    pub value: Value,
    /// Parameters, elements and members that the shape does not know: ignored as AWS does, and reported here so that
    /// the audit event can name them. At most twenty.
    pub unknown: Vec<String>,
}

/// An answer, as far as it does not stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body; empty where it streams.
    pub body: Vec<u8>,
}

impl Response {
    /// Adds a header.
    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Names the request in the headers, as the protocol's services do.
    pub(crate) fn identify(&mut self, protocol: Protocol, request_id: &str) {
        self.header("x-amzn-RequestId", request_id);
        match protocol {
            Protocol::RestXml => {
                self.header("x-amz-request-id", request_id);
                self.header("x-amz-id-2", &host_id(request_id));
            }
            // Some of these answer a GET with credentials: no cache on the way may keep them (RFC 6749 section 5.1).
            Protocol::RestJson => self.header("Cache-Control", "no-store"),
            Protocol::Query | Protocol::Json => {}
        }
    }
}

/// Reads a request's input by the shape of its operation.
///
/// # Errors
/// The [`Fault`] with which the service's protocol answers what cannot be read: `MalformedInput` (query),
/// `SerializationException` (JSON), `InvalidRequestException` (REST with JSON), `MalformedXML` or `InvalidArgument` (S3). Its message names the parameter or
/// element, and the position where there is one.
pub fn decode(routed: &Routed, head: &Head, body: &[u8]) -> Result<Decoded, Fault> {
    match routed.model.protocol {
        Protocol::Query => query::decode(routed),
        Protocol::Json => json::decode(routed, body),
        Protocol::RestXml => rest_xml::decode(routed, head, body),
        Protocol::RestJson => rest_json::decode(routed, head, body),
    }
}

/// The answer to a request that succeeded, by the output's shape. Members that the shape does not know are left out.
///
/// Where the output streams, the body is empty and everything else is filled. An output that cannot be sent, because
/// a header's value has a control character in it, becomes a 400 `InvalidArgument`.
pub fn encode(routed: &Routed, output: &Value, request_id: &str) -> Response {
    match routed.model.protocol {
        Protocol::Query => query::encode(routed, output, request_id),
        Protocol::Json => json::encode(routed, output, request_id),
        Protocol::RestXml => rest_xml::encode(routed, output, request_id),
        Protocol::RestJson => rest_json::encode(routed, output, request_id),
    }
}

/// Whether the request's body is streamed to the service and not read by [`decode`].
pub fn has_streaming_input(model: &Model, operation: &Operation) -> bool {
    model.structure(operation.input).payload_member().is_some_and(|member| member.place == Place::Stream)
}

/// Whether the answer's body is streamed by the service and not made by [`encode`].
pub fn has_streaming_output(model: &Model, operation: &Operation) -> bool {
    model.structure(operation.output).payload_member().is_some_and(|member| member.place == Place::Stream)
}

fn report(unknown: &mut Vec<String>, path: String) {
    if unknown.len() < UNKNOWN_MAX {
        unknown.push(path);
    }
}

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
