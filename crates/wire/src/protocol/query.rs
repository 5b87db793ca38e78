//! The query protocol of STS and IAM: form parameters in, XML out.
//!
//! Nesting is written into the parameters' names: `Tags.member.1.Key=team`, `TaskPolicyArn.arn=arn:…`. Items are
//! numbered from 1 without gaps. Some clients write an empty list as `Tags=`: it counts as absent. A name that differs
//! from a member's only in case is refused rather than ignored.

use std::collections::BTreeMap;

use portcullis_base::Value;
use portcullis_base::shape::{Kind, Member, Model, Protocol, Shape, ShapeId, Structure};

use super::scalar::{self, InstantForm};
use super::tree::TreeWriter;
use super::{Decoded, Response, report};
use crate::fault::Fault;
use crate::limits::PARAMETER_DEPTH_MAX;
use crate::route::Routed;
use crate::xml::Writer;

pub(super) fn decode(routed: &Routed) -> Result<Decoded, Fault> {
    let mut root = Node::default();
    for (name, value) in &routed.parameters {
        root.insert(name, value)?;
    }
    let mut reader = Reader { model: routed.model, unknown: Vec::new() };
    let value = reader.structure(routed.model.structure(routed.operation.input), &root, "")?;
    Ok(Decoded { value, unknown: reader.unknown })
}

pub(super) fn encode(routed: &Routed, output: &Value, request_id: &str) -> Response {
    let (model, operation) = (routed.model, routed.operation);
    let mut tree = TreeWriter { model, form: InstantForm::IsoSeconds, xml: Writer::new() };
    let root = format!("{}Response", operation.name);
    tree.xml.open_with(&root, model.namespace.as_deref().map(|address| ("xmlns", address)));
    if let Some(id) = operation.output {
        match &operation.output_wrapper {
            Some(wrapper) => tree.element(wrapper, None, id, output),
            None => tree.members(model.structure(Some(id)), output),
        }
    }
    tree.xml.open("ResponseMetadata");
    tree.xml.element("RequestId", request_id);
    tree.xml.close("ResponseMetadata");
    tree.xml.close(&root);
    let mut response = Response { status: operation.status, headers: Vec::new(), body: Vec::new() };
    response.identify(Protocol::Query, request_id);
    response.header("Content-Type", "text/xml");
    response.body = tree.xml.finish().into_bytes();
    response
}

/// Parameters by the parts of their names.
#[derive(Debug, Default)]
struct Node {
    value: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let mut node = self;
        for (depth, part) in name.split('.').enumerate() {
            if part.is_empty() || depth >= PARAMETER_DEPTH_MAX {
                return Err(malformed(name, "not a parameter name"));
            }
            node = node.children.entry(part.to_owned()).or_default();
        }
        match node.value.replace(value.to_owned()) {
            None => Ok(()),
            Some(_) => Err(malformed(name, "given more than once")),
        }
    }

    /// The children in the order of their numbers, which are 1, 2, 3 and so on without gaps.
    fn numbered(&self, path: &str) -> Result<Vec<&Self>, Fault> {
        let mut items: Vec<(usize, &Self)> = Vec::with_capacity(self.children.len());
        for (name, node) in &self.children {
            let number = name.parse().ok().filter(|number: &usize| number.to_string() == *name);
            items.push((number.ok_or_else(|| malformed(path, "an item without a number"))?, node));
        }
        items.sort_by_key(|(number, _)| *number);
        if items.iter().enumerate().any(|(at, (number, _))| *number != at + 1) {
            return Err(malformed(path, "items are not numbered from 1 without gaps"));
        }
        Ok(items.into_iter().map(|(_, node)| node).collect())
    }
}

fn malformed(path: &str, reason: &str) -> Fault {
    let path: String = path.chars().take(256).collect();
    Fault::new("MalformedInput", 400, format!("Parameter '{path}': {reason}"))
}

struct Reader<'m> {
    model: &'m Model,
    unknown: Vec<String>,
}

impl Reader<'_> {
    fn structure(&mut self, structure: &Structure, node: &Node, path: &str) -> Result<Value, Fault> {
        let mut members = Vec::new();
        for member in &structure.members {
            if let Some(child) = node.children.get(&member.wire_name) {
                let value = self.member(member, child, &joined(path, &member.wire_name))?;
                members.extend(value.map(|value| (member.name.clone(), value)));
            }
        }
        for name in node.children.keys() {
            if !structure.members.iter().any(|member| member.wire_name == *name) {
                let alike =
                    structure.members.iter().any(|member| member.wire_name.eq_ignore_ascii_case(name));
                self.unknown_name(joined(path, name), alike)?;
            }
        }
        Ok(Value::Map(members))
    }

    fn member(&mut self, member: &Member, node: &Node, path: &str) -> Result<Option<Value>, Fault> {
        let shape = self.model.shape(member.shape);
        match &shape.kind {
            Kind::List { item, .. } if member.is_flattened => self.list(*item, node, node, path),
            Kind::Map { key, value } if member.is_flattened => self.map((*key, *value), node, node, path),
            _ => self.value(shape, node, path),
        }
    }

    fn value(&mut self, shape: &Shape, node: &Node, path: &str) -> Result<Option<Value>, Fault> {
        match &shape.kind {
            Kind::Structure(structure) => {
                if is_empty(node, path)? {
                    return Ok(None);
                }
                self.structure(structure, node, path).map(Some)
            }
            Kind::List { item, item_name } => {
                let items = self.only_child(node, item_name, path)?;
                self.list(*item, node, items.unwrap_or(&Node::default()), path)
            }
            Kind::Map { key, value } => {
                let entries = self.only_child(node, "entry", path)?;
                self.map((*key, *value), node, entries.unwrap_or(&Node::default()), path)
            }
            _ => scalar_value(shape, node, path).map(Some),
        }
    }

    fn only_child<'n>(&mut self, node: &'n Node, name: &str, path: &str) -> Result<Option<&'n Node>, Fault> {
        for other in node.children.keys().filter(|other| *other != name) {
            self.unknown_name(joined(path, other), other.eq_ignore_ascii_case(name))?;
        }
        Ok(node.children.get(name))
    }

    fn unknown_name(&mut self, path: String, is_misspelt: bool) -> Result<(), Fault> {
        if is_misspelt {
            return Err(malformed(&path, "not written as the member's name is"));
        }
        report(&mut self.unknown, path);
        Ok(())
    }

    fn list(&mut self, item: ShapeId, node: &Node, items: &Node, path: &str) -> Result<Option<Value>, Fault> {
        if is_empty(node, path)? {
            return Ok(None);
        }
        let shape = self.model.shape(item);
        let mut values = Vec::new();
        for (at, held) in items.numbered(path)?.into_iter().enumerate() {
            let path = format!("{path}.{}", at + 1);
            // An item that is there but empty is an item.
            let value = self.value(shape, held, &path)?;
            values.push(value.unwrap_or_else(Value::structure));
        }
        Ok(Some(Value::List(values)))
    }

    fn map(
        &mut self,
        (key, value): (ShapeId, ShapeId),
        node: &Node,
        entries: &Node,
        path: &str,
    ) -> Result<Option<Value>, Fault> {
        if is_empty(node, path)? {
            return Ok(None);
        }
        let (key, value) = (self.model.shape(key), self.model.shape(value));
        let mut members: Vec<(String, Value)> = Vec::new();
        for entry in entries.numbered(path)? {
            let part = |name| {
                entry.children.get(name).ok_or_else(|| malformed(path, "an entry lacks its key or value"))
            };
            let Value::Text(name) = scalar_value(key, part("key")?, path)? else {
                return Err(malformed(path, "a key that is not text"));
            };
            if members.iter().any(|(held, _)| *held == name) {
                return Err(malformed(path, "a key given more than once"));
            }
            let held = self.value(value, part("value")?, path)?;
            members.push((name, held.unwrap_or_else(Value::structure)));
        }
        Ok(Some(Value::Map(members)))
    }
}

/// Whether a list, map or structure is given as an empty parameter.
fn is_empty(node: &Node, path: &str) -> Result<bool, Fault> {
    match &node.value {
        Some(value) if !value.is_empty() => Err(malformed(path, "a single value where several are expected")),
        Some(_) => Ok(node.children.is_empty()),
        None => Ok(false),
    }
}

fn scalar_value(shape: &Shape, node: &Node, path: &str) -> Result<Value, Fault> {
    if !node.children.is_empty() {
        return Err(malformed(path, "a list or structure where a single value is expected"));
    }
    let text = node.value.as_deref().unwrap_or_default();
    scalar::read(shape, text).ok_or_else(|| malformed(path, "a value of another type"))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
