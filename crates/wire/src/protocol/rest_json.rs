//! REST with JSON, the protocol of the access portal and of its sign-in: members stand in the path, the query, headers
//! and one JSON body.
//!
//! A member is read from the one place that the model gives it: an access token that belongs in a header is not taken
//! from the body. Refusals are worded as the service words its own: plainly, or as OAuth does (RFC 6749 section 5.2)
//! where the model's errors have an `error_description`.

use portcullis_base::Value;
use portcullis_base::shape::{Kind, Member, Model, Operation, Place, Protocol, Structure};
use serde_json::{Map, json};

use super::{Decoded, Response, json, report, scalar};
use crate::fault::Fault;
use crate::frame::Head;
use crate::route::Routed;

/// The type of a body.
pub(crate) const CONTENT_TYPE: &str = "application/json";
/// What services of this protocol call a request that they cannot read, where they declare it.
const UNREADABLE: &str = "InvalidRequestException";
/// The member in which an error that is worded as OAuth's says what is wrong.
const DESCRIPTION: &str = "error_description";

pub(super) fn decode(routed: &Routed, head: &Head, body: &[u8]) -> Result<Decoded, Fault> {
    let structure = routed.model.structure(routed.operation.input);
    let malformed = |message: String| Fault::new(refusal_code(routed.model, routed.operation), 400, message);
    let mut members = Vec::new();
    for member in &structure.members {
        let text = match member.place {
            Place::Uri => routed.label(&member.name).map(str::to_owned),
            Place::Query => once(queried(head, member), member).map_err(malformed)?,
            Place::Header => {
                let name = member.wire_name.to_ascii_lowercase();
                once(head.headers.all(&name), member).map_err(malformed)?.map(|text| text.trim().to_owned())
            }
            _ => None,
        };
        let Some(text) = text else { continue };
        let value = scalar::read(routed.model.shape(member.shape), &text);
        let value = value.ok_or_else(|| malformed(format!("{} is not valid", member.wire_name)))?;
        members.push((member.name.clone(), value));
    }
    let mut unknown = unknown_parameters(routed, head, structure);
    if structure.members.iter().any(|member| member.place == Place::Body) {
        check_type(head, body).map_err(malformed)?;
        let of_body = json::decode_body(routed, body).map_err(|fault| malformed(fault.message))?;
        if let Value::Map(held) = of_body.value {
            members.extend(held);
        }
        of_body.unknown.into_iter().for_each(|path| report(&mut unknown, path));
    }
    Ok(Decoded { value: Value::Map(members), unknown })
}

fn queried<'h>(head: &'h Head, member: &'h Member) -> impl Iterator<Item = &'h str> {
    let pairs = head.query_pairs().iter();
    pairs.filter(|(name, _)| *name == member.wire_name).map(|(_, value)| value.as_str())
}

/// What is given twice is given by two: neither is believed.
fn once<'h>(mut given: impl Iterator<Item = &'h str>, member: &Member) -> Result<Option<String>, String> {
    match (given.next(), given.next()) {
        (first, None) => Ok(first.map(str::to_owned)),
        _ => Err(format!("{} is given more than once", member.wire_name)),
    }
}

/// Parameters that are neither the operation's nor part of its address or of a signature.
fn unknown_parameters(routed: &Routed, head: &Head, structure: &Structure) -> Vec<String> {
    let mut unknown = Vec::new();
    for (name, _) in head.query_pairs() {
        let is_known = name.starts_with("X-Amz-")
            || routed.operation.query.iter().any(|(held, _)| held == name)
            || structure.members.iter().any(|held| held.place == Place::Query && held.wire_name == *name);
        if !is_known {
            report(&mut unknown, format!("?{name}"));
        }
    }
    unknown
}

/// A body of another stated type is of a client that means something else, such as the forms of OAuth's own.
fn check_type(head: &Head, body: &[u8]) -> Result<(), String> {
    let Some(stated) = head.headers.get("content-type").filter(|_| !body.is_empty()) else { return Ok(()) };
    let kind = stated.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case(CONTENT_TYPE) {
        return Ok(());
    }
    Err(format!("The content type of the request is not {CONTENT_TYPE}"))
}

/// The code under which an operation refuses an input that cannot be read or is beyond its limits.
pub fn refusal_code(model: &Model, operation: &Operation) -> &'static str {
    let declares = operation.errors.iter().any(|id| model.shape(*id).name == UNREADABLE);
    if declares { UNREADABLE } else { "ValidationException" }
}

pub(super) fn encode(routed: &Routed, output: &Value, request_id: &str) -> Response {
    let mut response = Response { status: routed.operation.status, headers: Vec::new(), body: Vec::new() };
    response.identify(Protocol::RestJson, request_id);
    response.header("Content-Type", CONTENT_TYPE);
    response.body = json::output_body(routed, output);
    response
}

/// The body of a refusal.
pub(crate) fn fault_body(fault: &Fault, model: &Model) -> String {
    let mut members = Map::new();
    let is_oauth = speaks_oauth(model);
    if is_oauth {
        members.insert("error".to_owned(), json!(oauth_word(fault)));
        members.insert(DESCRIPTION.to_owned(), json!(fault.message));
    }
    // Of an error that is not in their model clients show this member and no other.
    if !is_oauth || model.error(&fault.code).is_none() {
        members.insert("message".to_owned(), json!(fault.message));
    }
    members.extend(fault.extra.iter().map(|(name, value)| (name.clone(), json!(value))));
    serde_json::Value::Object(members).to_string()
}

fn speaks_oauth(model: &Model) -> bool {
    model.operations().iter().flat_map(|operation| &operation.errors).any(
        |id| matches!(&model.shape(*id).kind, Kind::Structure(held) if held.member(DESCRIPTION).is_some()),
    )
}

/// `AuthorizationPendingException` is `authorization_pending`; what is our fault has one word for all.
fn oauth_word(fault: &Fault) -> String {
    if !fault.sender {
        return "server_error".to_owned();
    }
    let name = fault.code.strip_suffix("Exception").unwrap_or(&fault.code);
    let mut word = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests;
