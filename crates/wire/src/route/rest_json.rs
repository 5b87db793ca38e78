//! Operations of REST with JSON by method, path and query, read off the model's HTTP bindings.
//!
//! These share their address space with buckets, so a path counts only as it is written in the model: `/%74oken` is
//! not `/token`. What the model does not let be called without a signature is not found without one, and neither is
//! what lacks a header that it requires, such as the portal's access token: such a request is S3's.

use portcullis_base::shape::{Label, Model, Operation, Place, Protocol};

use super::Routed;
use crate::fault::Fault;
use crate::frame::{Head, PlusSign, percent_decoded};
use crate::protocol::models;

/// The operation of a request that belongs to this service.
pub(super) fn route(model: &'static Model, head: &Head) -> Result<Routed, Fault> {
    let found = fitting(model, head);
    let (operation, labels) = found.ok_or_else(|| {
        Fault::new("UnknownOperationException", 404, "The method and path name no operation of this service")
    })?;
    Ok(Routed { model, operation, labels, parameters: Vec::new() })
}

/// The service of which a request without a signature calls an operation that needs none.
pub(super) fn unsigned(head: &Head) -> Option<&'static Model> {
    models().filter(|model| model.protocol == Protocol::RestJson).find(|model| {
        fitting(model, head)
            .is_some_and(|(operation, _)| operation.unsigned && has_required_headers(model, operation, head))
    })
}

fn has_required_headers(model: &Model, operation: &Operation, head: &Head) -> bool {
    let members = &model.structure(operation.input).members;
    let mut required = members.iter().filter(|held| held.is_required && held.place == Place::Header);
    required.all(|member| head.headers.get(&member.wire_name.to_ascii_lowercase()).is_some())
}

type Labels = Vec<(String, String)>;

/// The most demanding operation whose address this is: `/token?aws_iam=t` before `/token`.
fn fitting<'m>(model: &'m Model, head: &Head) -> Option<(&'m Operation, Labels)> {
    let here = model.operations().iter().filter(|operation| {
        operation.method == head.method && operation.query.iter().all(|part| is_asked(part, head))
    });
    let fitting = here.filter_map(|operation| Some((operation, labels(operation, head)?)));
    fitting.max_by_key(|(operation, _)| operation.query.len())
}

fn is_asked((name, wanted): &(String, Option<String>), head: &Head) -> bool {
    let given = head.query_value(name);
    given.is_some_and(|given| wanted.as_ref().is_none_or(|wanted| wanted == given))
}

/// The labels of the path; `None` if it is another one.
fn labels(operation: &Operation, head: &Head) -> Option<Labels> {
    let mut segments = head.path.strip_prefix('/')?.split('/');
    let mut labels = Vec::new();
    for label in &operation.path {
        match (label, segments.next()?) {
            (Label::Word(word), segment) if word == segment => {}
            (Label::Segment(name), segment) if !segment.is_empty() => {
                labels.push((name.clone(), percent_decoded(segment, PlusSign::IsItself)?));
            }
            _ => return None,
        }
    }
    segments.next().is_none().then_some(labels)
}
