//! S3's operations by method, path and query, read off the model's HTTP bindings.
//!
//! The bindings alone do not tell every operation apart: `PUT /bucket/key` is an upload, a part of one or a copy. What
//! decides is which of the inputs' *required* query parameters and headers are there, the most demanding operation
//! first. A sub-resource that the model knows is never ignored: `DELETE /bucket/key?acl` must not delete the object.

use portcullis_base::shape::{Label, Model, Operation, Place};

use super::Routed;
use crate::fault::Fault;
use crate::frame::Head;

pub(super) fn route(model: &'static Model, head: &Head, host: Option<String>) -> Result<Routed, Fault> {
    let (bucket, key) = names(head, host)?;
    let level = usize::from(bucket.is_some()) + usize::from(key.is_some());
    let operation = select(model, head, level)?;
    let mut given = [bucket, key].into_iter().flatten();
    let mut labels = Vec::new();
    for label in &operation.path {
        let (Label::Segment(name) | Label::Rest(name)) = label else { continue };
        labels.extend(given.next().map(|value| (name.clone(), value)));
    }
    Ok(Routed { model, operation, labels, parameters: Vec::new() })
}

/// Bucket and key. A key is everything after the first slash: dots, empty segments and all.
fn names(head: &Head, host: Option<String>) -> Result<(Option<String>, Option<String>), Fault> {
    let path = head.decoded_path().strip_prefix('/').unwrap_or_default();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if host.is_some() {
        return Ok((host, some(path)));
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    // The escaped slash of `/a%2Fb` must not move the border between bucket and key.
    let raw = head.path.strip_prefix('/').unwrap_or_default();
    let raw_bucket = raw.split('/').next().unwrap_or_default();
    if (bucket.is_empty() && !path.is_empty()) || raw_bucket.to_ascii_lowercase().contains("%2f") {
        return Err(Fault::new("InvalidBucketName", 400, "The specified bucket is not valid."));
    }
    Ok((some(bucket), some(key)))
}

fn select(model: &'static Model, head: &Head, level: usize) -> Result<&'static Operation, Fault> {
    let has = |name: &str| head.query_value(name).is_some();
    let here: Vec<&Operation> = model
        .operations()
        .iter()
        .filter(|operation| operation.method == head.method && operation.path.len() == level)
        .collect();
    let mut fitting: Vec<&Operation> =
        here.iter().copied().filter(|operation| is_addressed(operation, head)).collect();
    let most = fitting.iter().map(|operation| operation.query.len()).max().unwrap_or(0);
    let mut named: Vec<&str> =
        fitting.iter().flat_map(|operation| &operation.query).map(|(name, _)| name.as_str()).collect();
    named.sort_unstable();
    named.dedup();
    if named.len() > most {
        let message = format!("Conflicting query string parameters: {}", named.join(", "));
        return Err(Fault::new("InvalidArgument", 400, message).with("ArgumentName", "ResourceType"));
    }
    // S3 answers HEAD whatever sub-resource is named, and a HEAD changes nothing.
    if most == 0 && head.method != "HEAD" && sub_resources(model).any(has) {
        return Err(not_allowed(head, level));
    }
    fitting.retain(|operation| operation.query.len() == most);
    let chosen = fitting
        .iter()
        .copied()
        .filter(|operation| requirements(model, operation).all(|it| it.is_met(head)))
        .max_by_key(|operation| requirements(model, operation).count());
    let chosen = match chosen {
        Some(operation) => operation,
        // Where the sub-resource leaves no doubt, the missing parameter is for validation to name.
        None if most > 0 => fitting
            .into_iter()
            .min_by_key(|operation| requirements(model, operation).count())
            .ok_or_else(|| not_allowed(head, level))?,
        None => return Err(not_allowed(head, level)),
    };
    refuse_strays(model, head, chosen, &here)?;
    Ok(chosen)
}

/// An upload that names a part but not its upload must not overwrite the object: a parameter that another operation
/// of the same address cannot do without is not ignored by one that changes something.
fn refuse_strays(model: &Model, head: &Head, chosen: &Operation, here: &[&Operation]) -> Result<(), Fault> {
    if matches!(head.method.as_str(), "GET" | "HEAD") {
        return Ok(());
    }
    let input = model.structure(chosen.input);
    let is_own = |name: &str| {
        chosen.query.iter().any(|(held, _)| held == name)
            || input.members.iter().any(|member| member.place == Place::Query && member.wire_name == name)
    };
    let stray = here
        .iter()
        .flat_map(|operation| requirements(model, operation))
        .filter_map(|it| match it {
            Requirement::Parameter(name) => Some(name),
            Requirement::Header(_) => None,
        })
        .find(|name| head.query_value(name).is_some() && !is_own(name));
    match stray {
        None => Ok(()),
        Some(name) => {
            let message = format!("This operation does not accept the query parameter {name}.");
            let value: String = head.query_value(name).unwrap_or_default().chars().take(256).collect();
            Err(Fault::new("InvalidArgument", 400, message)
                .with("ArgumentName", name)
                .with("ArgumentValue", value))
        }
    }
}

/// Whether the query has everything that is part of the operation's address.
fn is_addressed(operation: &Operation, head: &Head) -> bool {
    operation.query.iter().all(|(name, value)| match value {
        Some(value) => head.query_value(name) == Some(value),
        None => head.query_value(name).is_some(),
    })
}

/// What an input cannot do without, apart from the path and the body.
enum Requirement<'m> {
    Parameter(&'m str),
    Header(&'m str),
}

impl Requirement<'_> {
    fn is_met(&self, head: &Head) -> bool {
        match self {
            Self::Parameter(name) => head.query_value(name).is_some(),
            Self::Header(name) => head.headers.get(&name.to_ascii_lowercase()).is_some(),
        }
    }
}

fn requirements<'m>(model: &'m Model, operation: &Operation) -> impl Iterator<Item = Requirement<'m>> {
    let members = &model.structure(operation.input).members;
    members.iter().filter(|member| member.is_required).filter_map(|member| match member.place {
        Place::Query => Some(Requirement::Parameter(&member.wire_name)),
        Place::Header => Some(Requirement::Header(&member.wire_name)),
        _ => None,
    })
}

fn sub_resources(model: &Model) -> impl Iterator<Item = &str> {
    let parts = model.operations().iter().flat_map(|operation| &operation.query);
    parts.filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str())
}

fn not_allowed(head: &Head, level: usize) -> Fault {
    let kind = match level {
        0 => "SERVICE",
        1 => "BUCKET",
        _ => "OBJECT",
    };
    let message = "The specified method is not allowed against this resource.";
    Fault::new("MethodNotAllowed", 405, message).with("Method", &head.method).with("ResourceType", kind)
}
