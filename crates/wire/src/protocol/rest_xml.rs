//! REST with XML, the protocol of S3: members stand in the path, the query, headers and one body.

use portcullis_base::Value;
use portcullis_base::shape::{Kind, Member, Place, Protocol, Shape, Structure};

use super::scalar::{self, InstantForm};
use super::tree::{TreeReader, TreeWriter};
use super::{Decoded, Response, report};
use crate::fault::{Asked, Fault, encode_fault};
use crate::frame::Head;
use crate::route::Routed;
use crate::xml::{self, Writer};

const MALFORMED_XML: &str =
    "The XML you provided was not well-formed or did not validate against our published schema";

pub(super) fn decode(routed: &Routed, head: &Head, body: &[u8]) -> Result<Decoded, Fault> {
    let structure = routed.model.structure(routed.operation.input);
    let payload = structure.payload_member().filter(|member| member.place == Place::Body);
    let mut tree = TreeReader { model: routed.model, unknown: Vec::new() };
    let mut members = Vec::new();
    for member in &structure.members {
        let shape = routed.model.shape(member.shape);
        let value = match member.place {
            Place::Uri => routed.label(&member.name).map(Value::from),
            Place::Query => from_query(routed, head, member, shape)?,
            Place::Header => from_header(routed, head, member, shape)?,
            Place::HeaderPrefix => Some(from_prefix(head, member)),
            Place::Body if payload.is_some_and(|payload| payload.name == member.name) => {
                from_body(&mut tree, member, shape, body)?
            }
            Place::Body | Place::Attribute | Place::Stream | Place::Status => None,
        };
        members.extend(value.map(|value| (member.name.clone(), value)));
    }
    let mut unknown = tree.unknown;
    for (name, _) in head.query_pairs() {
        if !is_known_parameter(routed, structure, name) {
            report(&mut unknown, format!("?{name}"));
        }
    }
    Ok(Decoded { value: Value::Map(members), unknown })
}

/// Parameters that are part of the address or of the signature belong to others; `x-id` names the operation for the
/// convenience of load balancers.
fn is_known_parameter(routed: &Routed, structure: &Structure, name: &str) -> bool {
    name == "x-id"
        || name.starts_with("X-Amz-")
        || routed.operation.query.iter().any(|(held, _)| held == name)
        || structure.members.iter().any(|member| member.place == Place::Query && member.wire_name == name)
}

fn from_query(routed: &Routed, head: &Head, member: &Member, shape: &Shape) -> Result<Option<Value>, Fault> {
    let mut given = head.query_pairs().iter().filter(|(name, _)| *name == member.wire_name);
    let (Some((_, text)), None) = (given.next(), given.next()) else {
        return match head.query_value(&member.wire_name) {
            None => Ok(None),
            Some(text) => Err(invalid(member, text, "A parameter is given more than once")),
        };
    };
    if overrides_a_header(routed, &member.wire_name) && !is_header_value(text) {
        return Err(invalid(member, "", "Header value cannot contain control characters"));
    }
    match shape.kind {
        // `max-keys=` is as if it were not there.
        Kind::Integer | Kind::Long | Kind::Boolean | Kind::Timestamp(_) if text.is_empty() => Ok(None),
        _ => single(member, shape, text).map(Some),
    }
}

/// `response-content-type` and its like become headers of the answer.
fn overrides_a_header(routed: &Routed, parameter: &str) -> bool {
    parameter.strip_prefix("response-").is_some_and(|header| {
        let output = routed.model.structure(routed.operation.output);
        output
            .members
            .iter()
            .any(|member| member.place == Place::Header && member.wire_name.eq_ignore_ascii_case(header))
    })
}

fn from_header(routed: &Routed, head: &Head, member: &Member, shape: &Shape) -> Result<Option<Value>, Fault> {
    let name = member.wire_name.to_ascii_lowercase();
    let Some(first) = head.headers.get(&name) else {
        return Ok(None);
    };
    if head.headers.count(&name) > 1 && name.starts_with("x-amz-") && !matches!(shape.kind, Kind::List { .. })
    {
        return Err(invalid(member, first, "A header is given more than once"));
    }
    let text = head.headers.all(&name).map(str::trim).collect::<Vec<_>>().join(",");
    match &shape.kind {
        Kind::List { item, .. } => {
            let item = routed.model.shape(*item);
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts
                .map(|part| single(member, item, part))
                .collect::<Result<Vec<_>, _>>()
                .map(|all| Some(all.into()))
        }
        _ => single(member, shape, &text).map(Some),
    }
}

/// Names lose the prefix and are in lower case, as S3 keeps metadata. Repeats are joined by a comma, as S3 does.
fn from_prefix(head: &Head, member: &Member) -> Value {
    let mut members: Vec<(String, Value)> = Vec::new();
    for (name, text) in head.headers.iter() {
        let Some(name) =
            name.strip_prefix(&member.wire_name.to_ascii_lowercase()).filter(|name| !name.is_empty())
        else {
            continue;
        };
        match members.iter_mut().find(|(held, _)| held == name) {
            Some((_, Value::Text(joined))) => {
                joined.push(',');
                joined.push_str(text.trim());
            }
            _ => members.push((name.to_owned(), Value::from(text.trim()))),
        }
    }
    Value::Map(members)
}

fn single(member: &Member, shape: &Shape, text: &str) -> Result<Value, Fault> {
    scalar::read(shape, text).ok_or_else(|| {
        let name = &member.wire_name;
        let reason = match shape.kind {
            Kind::Integer | Kind::Long => format!("Provided {name} not an integer or within integer range"),
            Kind::Boolean => format!("Provided {name} is neither true nor false"),
            Kind::Timestamp(_) => format!("Provided {name} is not a date"),
            _ => format!("Provided {name} is not valid"),
        };
        invalid(member, text, &reason)
    })
}

fn invalid(member: &Member, text: &str, reason: &str) -> Fault {
    Fault::new("InvalidArgument", 400, reason)
        .with("ArgumentName", &member.wire_name)
        .with("ArgumentValue", text.chars().take(256).collect::<String>())
}

fn from_body(
    tree: &mut TreeReader<'_>,
    member: &Member,
    shape: &Shape,
    body: &[u8],
) -> Result<Option<Value>, Fault> {
    if body.is_empty() {
        if member.is_required {
            return Err(Fault::new("MissingRequestBodyError", 400, "Request Body is empty"));
        }
        return Ok(None);
    }
    match &shape.kind {
        Kind::Text => match std::str::from_utf8(body) {
            Ok(text) => Ok(Some(Value::from(text))),
            Err(error) => {
                let place = error.valid_up_to();
                Err(Fault::new(
                    "InvalidRequest",
                    400,
                    format!("The request body is not UTF-8 at byte {place}"),
                ))
            }
        },
        Kind::Blob => Ok(Some(Value::Blob(body.to_vec()))),
        _ => {
            let malformed =
                |detail: String| Fault::new("MalformedXML", 400, format!("{MALFORMED_XML}: {detail}"));
            let root = xml::read(body).map_err(|fault| malformed(fault.to_string()))?;
            if root.name != member.wire_name {
                return Err(malformed(format!("the root element is not {}", member.wire_name)));
            }
            if root.attribute("xmlns").is_some_and(|address| Some(address) != tree.model.namespace.as_deref())
            {
                return Err(malformed("the root element is of another namespace".to_owned()));
            }
            let value = tree.value(member.shape, &root, &member.wire_name);
            value.map(Some).map_err(|misfit| malformed(format!("{} at {}", misfit.reason, misfit.path)))
        }
    }
}

pub(super) fn encode(routed: &Routed, output: &Value, request_id: &str) -> Response {
    let mut response = Response { status: routed.operation.status, headers: Vec::new(), body: Vec::new() };
    response.identify(Protocol::RestXml, request_id);
    let structure = routed.model.structure(routed.operation.output);
    for member in &structure.members {
        if let Some(value) = output.member(&member.name) {
            put_header(&mut response, routed, member, value);
        }
    }
    if let Some((kind, body)) = body(routed, structure, output) {
        response.header("Content-Type", kind);
        response.body = body.into_bytes();
    }
    // RFC 9110 section 15.3.7: an answer with part of the content is a 206.
    if response.status == 200 && response.headers.iter().any(|(name, _)| name == "Content-Range") {
        response.status = 206;
    }
    // A line end in a header would begin another header.
    if response.headers.iter().all(|(name, value)| is_header_name(name) && is_header_value(value)) {
        return response;
    }
    let fault = Fault::new("InvalidArgument", 400, "Header value cannot contain control characters");
    let asked = Asked { method: &routed.operation.method, resource: "", request_id };
    encode_fault(&fault, Some(routed.model), &asked)
}

fn put_header(response: &mut Response, routed: &Routed, member: &Member, value: &Value) {
    let shape = routed.model.shape(member.shape);
    match member.place {
        Place::Header => {
            let text = match (&shape.kind, value) {
                (Kind::List { item, .. }, Value::List(items)) => {
                    let item = routed.model.shape(*item);
                    let texts = items.iter().map(|held| scalar::print(item, held, InstantForm::HttpDate));
                    texts.collect::<Vec<_>>().join(",")
                }
                _ => scalar::print(shape, value, InstantForm::HttpDate),
            };
            response.header(&member.wire_name, &text);
        }
        Place::HeaderPrefix => {
            for (name, held) in value.members() {
                let text = scalar::print(shape, held, InstantForm::HttpDate);
                response.header(&format!("{}{name}", member.wire_name), &text);
            }
        }
        Place::Status => {
            if let Some(status) = value.as_int().and_then(|status| u16::try_from(status).ok()) {
                response.status = status;
            }
        }
        Place::Body | Place::Attribute | Place::Stream | Place::Uri | Place::Query => {}
    }
}

/// The answer's body and its type; `None` if it has none or streams it.
fn body(routed: &Routed, structure: &Structure, output: &Value) -> Option<(&'static str, String)> {
    let (model, operation) = (routed.model, routed.operation);
    let namespace = model.namespace.as_deref();
    let mut tree = TreeWriter { model, form: InstantForm::IsoMillis, xml: Writer::with_declaration() };
    if let Some(member) = structure.payload_member() {
        let value = output.member(&member.name).filter(|_| member.place == Place::Body)?;
        // The only text that is a body is a bucket policy.
        if let Value::Text(text) = value {
            return Some(("application/json", text.clone()));
        }
        tree.element(&member.wire_name, namespace, member.shape, value);
        return Some(("application/xml", tree.xml.finish()));
    }
    let mut in_body = structure.members.iter().filter(|member| member.place == Place::Body);
    let first = in_body.next()?;
    let fallback = format!("{}Result", operation.name);
    let root = operation.output_root.as_deref().unwrap_or(&fallback);
    if operation.output_is_bare {
        let nothing = Value::from("");
        tree.element(root, namespace, first.shape, output.member(&first.name).unwrap_or(&nothing));
    } else {
        tree.xml.open_with(root, namespace.map(|address| ("xmlns", address)));
        tree.members(structure, output);
        tree.xml.close(root);
    }
    Some(("application/xml", tree.xml.finish()))
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// As strict as the reader of requests, so that metadata which was taken can be given back.
fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}
