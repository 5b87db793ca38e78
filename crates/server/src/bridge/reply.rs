//! Answers on their way out.

use futures_util::StreamExt;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use portcullis_base::Value;
use portcullis_base::shape::{Model, Protocol};
use portcullis_service::action::Output;
use portcullis_service::error::{ApiError, Whose};
use portcullis_service::handle::Reply;
use portcullis_service::port::Exchange;
use portcullis_store::Revision;
use portcullis_wire::fault::{Asked, Fault, encode_fault};
use portcullis_wire::protocol;

use super::exchange::HttpExchange;
use super::{OutBody, plain, whole};

/// The revision at which a request was answered.
const REVISION: &str = "x-portcullis-revision";

/// What the client gets.
pub fn encode(exchange: &HttpExchange, reply: Reply) -> Response<OutBody> {
    let is_s3 = exchange.model.is_some_and(|model| model.protocol == Protocol::RestXml);
    let mut response = match reply.outcome {
        Ok(output) => success(exchange, output),
        Err(error) => refusal(exchange, &error),
    };
    let headers = response.headers_mut();
    headers.insert(REVISION, HeaderValue::from(reply.revision.0));
    if reply.findings > 0 {
        headers.insert("x-portcullis-findings", HeaderValue::from(reply.findings));
    }
    if is_s3 {
        // What somebody uploaded must never run as a page of this origin.
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        headers.insert("content-security-policy", HeaderValue::from_static("sandbox"));
    }
    response
}

/// The answer to what could not be read, and so is of no protocol: worded as query services do.
pub fn unreadable(method: &str, request_id: &str, reply: Reply) -> Response<OutBody> {
    let error = reply.outcome.err().unwrap_or_else(|| ApiError::internal("an answer to no request"));
    let mut response = refused(&error, None, &Asked { method, resource: "", request_id });
    response.headers_mut().insert(REVISION, HeaderValue::from(reply.revision.0));
    response
}

/// Names a request of the server's own paths, like all others.
pub fn stamp(response: &mut Response<OutBody>, request_id: &str, revision: Revision) {
    let headers = response.headers_mut();
    headers.insert(REVISION, HeaderValue::from(revision.0));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
}

fn success(exchange: &HttpExchange, output: Output) -> Response<OutBody> {
    let Ok(routed) = &exchange.routed else {
        return refusal(exchange, &ApiError::internal("an answer to no operation"));
    };
    let value = output.value.unwrap_or_else(Value::structure);
    let mut encoded = protocol::encode(routed, &value, &exchange.facts().request_id);
    if let Some(status) = output.status.filter(|_| encoded.status < 300) {
        encoded.status = status;
    }
    for (name, value) in &output.headers {
        encoded.header(name, value);
    }
    let body = match output.stream {
        Some((length, stream)) => {
            encoded.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
            encoded.header("Content-Length", &length.to_string());
            let frames = stream.map(|piece| match piece {
                Ok(bytes) => Ok(Frame::data(bytes)),
                // The head is gone already: all that can be done is to break off.
                Err(error) => Err(Box::new(error) as Box<dyn std::error::Error + Send + Sync>),
            });
            StreamBody::new(frames).boxed_unsync()
        }
        None => whole(std::mem::take(&mut encoded.body)),
    };
    response(&encoded, body)
}

fn refusal(exchange: &HttpExchange, error: &ApiError) -> Response<OutBody> {
    let asked = Asked {
        method: &exchange.head.method,
        resource: exchange.head.decoded_path(),
        request_id: &exchange.facts().request_id,
    };
    refused(error, exchange.model, &asked)
}

fn refused(error: &ApiError, model: Option<&Model>, asked: &Asked<'_>) -> Response<OutBody> {
    let fault = Fault {
        code: error.code.to_string(),
        status: error.status,
        message: error.message.clone(),
        sender: error.whose == Whose::Caller,
        extra: error.extra.clone(),
    };
    let mut encoded = encode_fault(&fault, model, asked);
    let body = std::mem::take(&mut encoded.body);
    response(&encoded, whole(body))
}

fn response(encoded: &protocol::Response, body: OutBody) -> Response<OutBody> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(encoded.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &encoded.headers {
        let (Ok(known), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        else {
            tracing::error!(name, "a header could not be sent");
            return plain(500, "the answer could not be sent\n");
        };
        response.headers_mut().append(known, value);
    }
    response
}
