//! A refusal on its way to the client, and its form in each protocol.
//!
//! Query services answer `<ErrorResponse>`, JSON services `{"__type": …}`, S3 a bare `<Error>` without a namespace, and
//! services of REST with JSON say the code in a header alone.
//! An answer to `HEAD` has no body in any of them; clients then read the status.

use base64::Engine as _;
use portcullis_base::shape::{Model, Protocol};
use serde_json::json;

use crate::protocol::{Response, rest_json};
use crate::xml::Writer;

/// A refusal: what it is called, whose fault it is, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// The code that clients branch on: `AccessDenied`.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// The sentence for people.
    pub message: String,
    /// Whether the caller is at fault.
    pub sender: bool,
    /// Further elements of the answer, such as S3's `BucketName`, or members of a JSON one.
    pub extra: Vec<(String, String)>,
}

impl Fault {
    /// A refusal; the caller is at fault unless the status says that the server is.
    pub fn new(code: &str, status: u16, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            status,
            message: message.into(),
            sender: status < 500,
            extra: Vec::new(),
        }
    }

    /// Adds an element to the answer.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.extra.push((name.to_owned(), value.into()));
        self
    }
}

/// What of the request the answer repeats.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The request's method.
    pub method: &'a str,
    /// What was asked for, as S3 names it: `/bucket/key`.
    pub resource: &'a str,
    /// The request's id.
    pub request_id: &'a str,
}

/// The answer that carries a refusal, in the protocol of the model; without one, as a query service would.
pub fn encode_fault(fault: &Fault, model: Option<&Model>, asked: &Asked<'_>) -> Response {
    let protocol = model.map_or(Protocol::Query, |model| model.protocol);
    let mut response = Response { status: fault.status, headers: Vec::new(), body: Vec::new() };
    response.identify(protocol, asked.request_id);
    let (kind, body) = match protocol {
        Protocol::Query => ("text/xml", query_body(fault, model, asked)),
        Protocol::Json => {
            response.header("x-amzn-ErrorType", &fault.code);
            ("application/x-amz-json-1.1", json_body(fault))
        }
        Protocol::RestXml => {
            // Where the answer has no body, this header alone tells a client which region to sign for.
            if let Some((_, region)) = fault.extra.iter().find(|(name, _)| name == "Region") {
                response.header("x-amz-bucket-region", region);
            }
            ("application/xml", s3_body(fault, asked))
        }
        Protocol::RestJson => {
            response.header("x-amzn-ErrorType", &fault.code);
            // One status for one error, whoever found it.
            let facts = model.and_then(|model| model.error(&fault.code));
            response.status = facts.map_or(fault.status, |facts| facts.status);
            let body = model.map(|model| rest_json::fault_body(fault, model));
            (rest_json::CONTENT_TYPE, body.unwrap_or_default())
        }
    };
    // RFC 9110 sections 9.3.2 and 15.4.5: neither an answer to HEAD nor a 304 has content.
    if asked.method != "HEAD" && fault.status != 304 {
        response.header("Content-Type", kind);
        response.body = body.into_bytes();
    }
    response
}

/// The opaque second id that S3 puts beside the request's id.
pub(crate) fn host_id(request_id: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(request_id)
}

/// A message without the control characters that XML 1.0 has no way to hold (section 2.2): what a client sent can stand
/// in it, and an answer that cannot be read would hide why it was refused.
fn printable(message: &str) -> String {
    let is_held = |letter: char| match letter {
        '\t' | '\n' | '\r' => true,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => true,
    };
    message.chars().map(|letter| if is_held(letter) { letter } else { char::REPLACEMENT_CHARACTER }).collect()
}

fn query_body(fault: &Fault, model: Option<&Model>, asked: &Asked<'_>) -> String {
    let mut xml = Writer::new();
    let namespace = model.and_then(|model| model.namespace.as_deref());
    xml.open_with("ErrorResponse", namespace.map(|address| ("xmlns", address)));
    xml.open("Error");
    xml.element("Type", if fault.sender { "Sender" } else { "Receiver" });
    xml.element("Code", &fault.code);
    xml.element("Message", &printable(&fault.message));
    for (name, value) in &fault.extra {
        xml.element(name, value);
    }
    xml.close("Error");
    xml.element("RequestId", asked.request_id);
    xml.close("ErrorResponse");
    xml.finish()
}

fn json_body(fault: &Fault) -> String {
    let mut body = json!({ "__type": fault.code, "message": fault.message });
    for (name, value) in &fault.extra {
        if let Some(members) = body.as_object_mut() {
            members.insert(name.clone(), json!(value));
        }
    }
    body.to_string()
}

fn s3_body(fault: &Fault, asked: &Asked<'_>) -> String {
    let mut xml = Writer::with_declaration();
    xml.open("Error");
    xml.element("Code", &fault.code);
    xml.element("Message", &printable(&fault.message));
    for (name, value) in &fault.extra {
        xml.element(name, value);
    }
    xml.element("Resource", asked.resource);
    xml.element("RequestId", asked.request_id);
    xml.element("HostId", &host_id(asked.request_id));
    xml.close("Error");
    xml.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::model;

    fn answer(service: &str, method: &str) -> (u16, String, Vec<(String, String)>) {
        let fault = Fault::new("AccessDenied", 403, "not <you>").with("BucketName", "b&b");
        let asked = Asked { method, resource: "/b/k", request_id: "4442587FB7D0A2F9" };
        let response = encode_fault(&fault, model(service), &asked);
        (response.status, String::from_utf8(response.body).unwrap(), response.headers)
    }

    #[test]
    fn a_query_service_says_whose_fault_it_is() {
        let (status, body, headers) = answer("sts", "POST");
        assert_eq!(status, 403);
        assert_eq!(
            body,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>AccessDenied</Code><Message>not &lt;you&gt;</Message><BucketName>b&amp;b</BucketName></Error>\
             <RequestId>4442587FB7D0A2F9</RequestId></ErrorResponse>"
        );
        assert!(headers.contains(&("x-amzn-RequestId".into(), "4442587FB7D0A2F9".into())));
        assert!(headers.contains(&("Content-Type".into(), "text/xml".into())));
    }

    #[test]
    fn s3_has_no_namespace_and_two_ids() {
        let (_, body, headers) = answer("s3", "GET");
        assert_eq!(
            body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>not \
             &lt;you&gt;</Message><BucketName>b&amp;b</BucketName><Resource>/b/k</Resource>\
             <RequestId>4442587FB7D0A2F9</RequestId><HostId>NDQ0MjU4N0ZCN0QwQTJGOQ==</HostId></Error>"
        );
        for name in ["x-amz-request-id", "x-amz-id-2", "x-amzn-RequestId"] {
            assert!(headers.iter().any(|(held, _)| held == name), "{name}");
        }
    }

    #[test]
    fn json_names_the_type_twice() {
        let (_, body, headers) = answer("cloudtrail", "POST");
        assert_eq!(body, r#"{"__type":"AccessDenied","message":"not <you>","BucketName":"b&b"}"#);
        assert!(headers.contains(&("x-amzn-ErrorType".into(), "AccessDenied".into())));
    }

    #[test]
    fn what_xml_cannot_hold_does_not_spoil_the_message() {
        let fault = Fault::new("ValidationError", 400, "Value 'a\u{7}\tb\u{ffff}' at 'userName'");
        let asked = Asked { method: "POST", resource: "/", request_id: "1" };
        for service in ["iam", "s3"] {
            let body = String::from_utf8(encode_fault(&fault, model(service), &asked).body).unwrap();
            assert!(body.contains("<Message>Value 'a\u{fffd}\tb\u{fffd}' at 'userName'</Message>"), "{body}");
        }
    }

    #[test]
    fn s3_tells_the_region_in_a_header_too() {
        let fault = Fault::new("AuthorizationHeaderMalformed", 400, "wrong").with("Region", "eu-west-1");
        let asked = Asked { method: "HEAD", resource: "/b", request_id: "1" };
        let response = encode_fault(&fault, model("s3"), &asked);
        assert!(response.headers.contains(&("x-amz-bucket-region".into(), "eu-west-1".into())));
        assert!(response.body.is_empty());
    }

    #[test]
    fn head_has_no_body() {
        let (status, body, headers) = answer("s3", "HEAD");
        assert_eq!((status, body.as_str()), (403, ""));
        assert!(!headers.iter().any(|(name, _)| name == "Content-Type"));
    }
}
