//! JSON 1.1, the protocol of CloudTrail: JSON in and out, instants as seconds since 1970. The bodies of restJson are
//! read and written here too.
//!
//! Reading is strict, because two readers that disagree about a document are a way past one of them: a key may stand
//! once, and one that differs from a member's name only in case is refused rather than ignored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::shape::{Kind, Member, Model, Operation, Place, Protocol, Shape, ShapeId, Structure};
use portcullis_base::{Timestamp, Value};
use serde_json::{Map, Number};

use self::document::Document;
use super::{Decoded, Response, report, scalar};
use crate::fault::Fault;
use crate::route::Routed;

mod document;

pub(super) fn decode(routed: &Routed, body: &[u8]) -> Result<Decoded, Fault> {
    read(routed.model, routed.operation, body, |member| Some(&member.wire_name))
}

/// Reads the members that stand in the body; one that stands elsewhere cannot be given there.
pub(super) fn decode_body(routed: &Routed, body: &[u8]) -> Result<Decoded, Fault> {
    read(routed.model, routed.operation, body, |member| {
        (member.place == Place::Body).then_some(member.wire_name.as_str())
    })
}

/// Reads an input that is written down with the names of its members in the model, as the AWS CLI's
/// `--cli-input-json` takes it, whatever protocol the service speaks.
///
/// # Errors
/// `SerializationException` with the place of what cannot be read.
pub fn from_json(model: &Model, operation: &Operation, body: &[u8]) -> Result<Decoded, Fault> {
    read(model, operation, body, |member| Some(&member.name))
}

fn read(model: &Model, operation: &Operation, body: &[u8], name_of: NameOf) -> Result<Decoded, Fault> {
    let document = if body.is_empty() { Document::Object(Vec::new()) } else { document::read(body)? };
    let mut reader = Reader { model, name_of, unknown: Vec::new() };
    let value = match document {
        Document::Object(members) => reader.structure(model.structure(operation.input), members, "")?,
        _ => return Err(serialization("The request is not a JSON object")),
    };
    Ok(Decoded { value, unknown: reader.unknown })
}

pub(super) fn encode(routed: &Routed, output: &Value, request_id: &str) -> Response {
    let mut response = Response { status: routed.operation.status, headers: Vec::new(), body: Vec::new() };
    response.identify(Protocol::Json, request_id);
    response.header("Content-Type", "application/x-amz-json-1.1");
    response.body = output_body(routed, output);
    response
}

/// The output as a document; nothing at all for an operation without one.
pub(super) fn output_body(routed: &Routed, output: &Value) -> Vec<u8> {
    let document = routed.operation.output.map(|id| json(routed.model, id, output).to_string());
    document.unwrap_or_default().into_bytes()
}

fn serialization(message: impl Into<String>) -> Fault {
    Fault::new("SerializationException", 400, message)
}

/// What a member is called in a document, if it may stand there.
type NameOf = fn(&Member) -> Option<&str>;

struct Reader<'m> {
    model: &'m Model,
    name_of: NameOf,
    unknown: Vec<String>,
}

impl Reader<'_> {
    fn structure(
        &mut self,
        structure: &Structure,
        given: Vec<(String, Document)>,
        path: &str,
    ) -> Result<Value, Fault> {
        let mut members = Vec::new();
        for (name, document) in given {
            let here = format!("{path}/{name}");
            let name_of = self.name_of;
            match structure.members.iter().find(|member| name_of(member) == Some(&name)) {
                Some(member) => {
                    let value = self.value(member.shape, document, &here)?;
                    members.extend(value.map(|value| (member.name.clone(), value)));
                }
                None if is_almost(structure, name_of, &name) => {
                    return Err(serialization(format!("'{here}' is not written as the member's name is")));
                }
                None => report(&mut self.unknown, here),
            }
        }
        Ok(Value::Map(members))
    }

    /// `None` for a null, which is as if the member were absent.
    fn value(&mut self, id: ShapeId, document: Document, path: &str) -> Result<Option<Value>, Fault> {
        let shape = self.model.shape(id);
        let value = match (&shape.kind, document) {
            (Kind::Document, document) => free(document),
            (_, Document::Null) => return Ok(None),
            (Kind::Structure(structure), Document::Object(members)) => {
                self.structure(structure, members, path)?
            }
            (Kind::List { item, .. }, Document::Array(items)) => {
                let mut values = Vec::with_capacity(items.len());
                for (at, document) in items.into_iter().enumerate() {
                    let path = format!("{path}/{at}");
                    let value = self.value(*item, document, &path)?;
                    values.push(value.ok_or_else(|| serialization(format!("'{path}' must not be null")))?);
                }
                Value::List(values)
            }
            (Kind::Map { value, .. }, Document::Object(given)) => {
                let mut members = Vec::with_capacity(given.len());
                for (name, document) in given {
                    let held = self.value(*value, document, &format!("{path}/{name}"))?;
                    members.extend(held.map(|held| (name, held)));
                }
                Value::Map(members)
            }
            (_, document) => single(shape, &document)
                .ok_or_else(|| serialization(format!("{} at '{path}'", mismatch(shape, &document))))?,
        };
        Ok(Some(value))
    }
}

/// Whether a name differs from a member's only in case.
fn is_almost(structure: &Structure, name_of: NameOf, name: &str) -> bool {
    structure.members.iter().filter_map(name_of).any(|held| held.eq_ignore_ascii_case(name))
}

/// What has no shape is taken as it comes.
fn free(document: Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(truth) => Value::Bool(truth),
        Document::Integer(number) => Value::Int(number),
        Document::Float(number) => Value::Float(number),
        Document::Text(text) => Value::Text(text),
        Document::Array(items) => items.into_iter().map(free).collect(),
        Document::Object(members) => {
            Value::Map(members.into_iter().map(|(name, held)| (name, free(held))).collect())
        }
    }
}

/// The same the other way.
fn free_json(value: &Value) -> serde_json::Value {
    match value {
        Value::List(items) => serde_json::Value::Array(items.iter().map(free_json).collect()),
        Value::Map(members) => serde_json::Value::Object(
            members.iter().map(|(name, held)| (name.clone(), free_json(held))).collect::<Map<_, _>>(),
        ),
        other => scalar_json(other),
    }
}

fn single(shape: &Shape, document: &Document) -> Option<Value> {
    match (&shape.kind, document) {
        (Kind::Text, Document::Text(text)) => Some(Value::from(text.as_str())),
        (Kind::Boolean, Document::Bool(truth)) => Some(Value::Bool(*truth)),
        (Kind::Integer, Document::Integer(number)) => {
            i32::try_from(*number).ok().map(|held| Value::Int(held.into()))
        }
        (Kind::Long, Document::Integer(number)) => Some(Value::Int(*number)),
        (Kind::Float, Document::Float(number)) => Some(Value::Float(*number)),
        (Kind::Float, Document::Integer(number)) => number.to_string().parse().ok().map(Value::Float),
        (Kind::Blob, Document::Text(text)) => STANDARD.decode(text).ok().map(Value::Blob),
        (Kind::Timestamp(_), Document::Float(seconds)) => scalar::from_epoch(*seconds).map(Value::Time),
        (Kind::Timestamp(_), Document::Integer(seconds)) => {
            let instant = Timestamp::from_seconds(*seconds);
            (instant.seconds() == *seconds).then_some(Value::Time(instant))
        }
        _ => None,
    }
}

/// In the words that AWS's JSON services use.
fn mismatch(shape: &Shape, document: &Document) -> String {
    let wanted = match &shape.kind {
        Kind::Structure(_) | Kind::Map { .. } | Kind::Document => return "Expected map or null".to_owned(),
        Kind::List { .. } => return "Expected list or null".to_owned(),
        Kind::Text => "a String",
        Kind::Integer => "an Integer",
        Kind::Long => "a Long",
        Kind::Float => "a Double",
        Kind::Boolean => "a Boolean",
        Kind::Timestamp(_) => "a Timestamp",
        Kind::Blob => "a Blob",
    };
    let given = match document {
        Document::Null => "NULL_VALUE",
        Document::Bool(true) => "TRUE_VALUE",
        Document::Bool(false) => "FALSE_VALUE",
        Document::Integer(_) => "NUMBER_VALUE",
        Document::Float(_) => "DECIMAL_VALUE",
        Document::Text(_) => "STRING_VALUE",
        Document::Array(_) | Document::Object(_) => {
            return "Start of structure or map found where not expected".to_owned();
        }
    };
    format!("{given} can not be converted to {wanted}")
}

fn json(model: &Model, id: ShapeId, value: &Value) -> serde_json::Value {
    match (&model.shape(id).kind, value) {
        (Kind::Structure(structure), Value::Map(_)) => {
            let members = structure.members.iter().filter_map(|member| {
                let held = value.member(&member.name)?;
                Some((member.wire_name.clone(), json(model, member.shape, held)))
            });
            serde_json::Value::Object(members.collect())
        }
        (Kind::Map { value: inner, .. }, Value::Map(members)) => serde_json::Value::Object(
            members
                .iter()
                .map(|(name, held)| (name.clone(), json(model, *inner, held)))
                .collect::<Map<_, _>>(),
        ),
        (Kind::List { item, .. }, Value::List(items)) => {
            serde_json::Value::Array(items.iter().map(|held| json(model, *item, held)).collect())
        }
        (Kind::Document, value) => free_json(value),
        (_, value) => scalar_json(value),
    }
}

fn scalar_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => serde_json::Value::from(text.as_str()),
        Value::Int(number) => serde_json::Value::from(*number),
        Value::Float(number) => Number::from_f64(*number).map_or(serde_json::Value::Null, Into::into),
        Value::Bool(truth) => serde_json::Value::from(*truth),
        Value::Blob(bytes) => serde_json::Value::from(STANDARD.encode(bytes)),
        Value::Time(instant) => epoch(*instant),
        Value::Null | Value::List(_) | Value::Map(_) => serde_json::Value::Null,
    }
}

/// Whole seconds as an integer, others with three digits.
fn epoch(instant: Timestamp) -> serde_json::Value {
    let (seconds, millis) = (instant.seconds(), instant.millis().rem_euclid(1000));
    if millis == 0 {
        return serde_json::Value::from(seconds);
    }
    let text = if seconds < 0 {
        // -1.5 s is second -2 and 500 ms.
        format!("-{}.{:03}", -(seconds + 1), 1000 - millis)
    } else {
        format!("{seconds}.{millis:03}")
    };
    text.parse().ok().and_then(Number::from_f64).map_or(serde_json::Value::Null, Into::into)
}
