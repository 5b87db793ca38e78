//! Values as XML by their shape: the answers of query services, and the bodies of S3 both ways.

use portcullis_base::Value;
use portcullis_base::shape::{Kind, Member, Model, Place, Shape, ShapeId, Structure};

use super::report;
use super::scalar::{self, InstantForm};
use crate::xml::{Element, Writer};

/// Writes values as XML.
pub(super) struct TreeWriter<'m> {
    pub model: &'m Model,
    pub form: InstantForm,
    pub xml: Writer,
}

impl TreeWriter<'_> {
    /// Writes an element for a value, with a namespace if it is the document's root.
    pub fn element(&mut self, name: &str, namespace: Option<&str>, id: ShapeId, value: &Value) {
        let shape = self.model.shape(id);
        let mut attributes: Vec<(String, String)> = Vec::new();
        attributes.extend(namespace.map(|address| ("xmlns".to_owned(), address.to_owned())));
        if let Some((prefix, address)) = &shape.namespace {
            attributes.push((format!("xmlns:{prefix}"), address.clone()));
        }
        if let Kind::Structure(structure) = &shape.kind {
            for member in structure.members.iter().filter(|member| member.place == Place::Attribute) {
                if let Some(held) = value.member(&member.name) {
                    let text = scalar::print(self.model.shape(member.shape), held, self.form);
                    attributes.push((member.wire_name.clone(), text));
                }
            }
        }
        self.xml.open_with(name, attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        self.content(shape, value);
        self.xml.close(name);
    }

    fn content(&mut self, shape: &Shape, value: &Value) {
        match &shape.kind {
            Kind::Structure(structure) => self.members(structure, value),
            Kind::List { item, item_name } => {
                for held in value.as_list() {
                    self.element(item_name, None, *item, held);
                }
            }
            Kind::Map { key, value: inner } => {
                for (name, held) in value.members() {
                    self.entry("entry", (*key, *inner), name, held);
                }
            }
            _ => self.xml.text(&scalar::print(shape, value, self.form)),
        }
    }

    /// Writes the members of a structure that stand in the body.
    pub fn members(&mut self, structure: &Structure, value: &Value) {
        for member in structure.members.iter().filter(|member| member.place == Place::Body) {
            if let Some(held) = value.member(&member.name) {
                self.member(member, held);
            }
        }
    }

    fn member(&mut self, member: &Member, value: &Value) {
        match &self.model.shape(member.shape).kind {
            Kind::List { item, .. } if member.is_flattened => {
                for held in value.as_list() {
                    self.element(&member.wire_name, None, *item, held);
                }
            }
            Kind::Map { key, value: inner } if member.is_flattened => {
                for (name, held) in value.members() {
                    self.entry(&member.wire_name, (*key, *inner), name, held);
                }
            }
            _ => self.element(&member.wire_name, None, member.shape, value),
        }
    }

    fn entry(&mut self, element: &str, (key, value): (ShapeId, ShapeId), name: &str, held: &Value) {
        self.xml.open(element);
        self.element("key", None, key, &Value::from(name));
        self.element("value", None, value, held);
        self.xml.close(element);
    }
}

/// An element that is not what the shape says: where, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    pub path: String,
    pub reason: &'static str,
}

/// Reads values from XML, and remembers elements that the shapes do not know.
pub(super) struct TreeReader<'m> {
    pub model: &'m Model,
    pub unknown: Vec<String>,
}

impl TreeReader<'_> {
    /// The value of an element.
    pub fn value(&mut self, id: ShapeId, element: &Element, path: &str) -> Result<Value, Misfit> {
        let shape = self.model.shape(id);
        match &shape.kind {
            Kind::Structure(structure) => self.structure(structure, element, path),
            Kind::List { item, item_name } => {
                let known = |child: &&Element| child.name == *item_name;
                self.report_others(element, path, |name| name == item_name);
                self.items(*item, element.children.iter().filter(known), path)
            }
            Kind::Map { key, value } => {
                let known = |child: &&Element| child.name == "entry";
                self.report_others(element, path, |name| name == "entry");
                self.entries((*key, *value), element.children.iter().filter(known), path)
            }
            _ => scalar_value(shape, element, path),
        }
    }

    /// The members of a structure from the elements and attributes of an element, in the model's order.
    pub fn structure(
        &mut self,
        structure: &Structure,
        element: &Element,
        path: &str,
    ) -> Result<Value, Misfit> {
        if !element.text.trim().is_empty() {
            return Err(misfit(path, "text where elements are expected"));
        }
        let mut members = Vec::new();
        for member in &structure.members {
            let value = match member.place {
                Place::Body => self.member(member, element, path)?,
                Place::Attribute => element.attribute(&member.wire_name).map(Value::from),
                _ => None,
            };
            members.extend(value.map(|value| (member.name.clone(), value)));
        }
        let is_known = |name: &str| {
            structure.members.iter().any(|member| member.place == Place::Body && member.wire_name == name)
        };
        self.report_others(element, path, is_known);
        Ok(Value::Map(members))
    }

    fn member(&mut self, member: &Member, element: &Element, path: &str) -> Result<Option<Value>, Misfit> {
        let path = format!("{path}.{}", member.wire_name);
        let mut named = element.children.iter().filter(|child| child.name == member.wire_name).peekable();
        if named.peek().is_none() {
            return Ok(None);
        }
        match &self.model.shape(member.shape).kind {
            Kind::List { item, .. } if member.is_flattened => self.items(*item, named, &path).map(Some),
            Kind::Map { key, value } if member.is_flattened => {
                self.entries((*key, *value), named, &path).map(Some)
            }
            _ => match (named.next(), named.next()) {
                (Some(only), None) => self.value(member.shape, only, &path).map(Some),
                _ => Err(misfit(&path, "an element given more than once")),
            },
        }
    }

    fn items<'e>(
        &mut self,
        item: ShapeId,
        elements: impl Iterator<Item = &'e Element>,
        path: &str,
    ) -> Result<Value, Misfit> {
        elements
            .enumerate()
            .map(|(at, element)| self.value(item, element, &format!("{path}.{}", at + 1)))
            .collect::<Result<Vec<Value>, Misfit>>()
            .map(Value::List)
    }

    fn entries<'e>(
        &mut self,
        (key, value): (ShapeId, ShapeId),
        elements: impl Iterator<Item = &'e Element>,
        path: &str,
    ) -> Result<Value, Misfit> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        for element in elements {
            let part = |name| element.children.iter().find(|child| child.name == name);
            let (Some(name), Some(held)) = (part("key"), part("value")) else {
                return Err(misfit(path, "an entry without key and value"));
            };
            let Value::Text(name) = self.value(key, name, path)? else {
                return Err(misfit(path, "a key that is not text"));
            };
            if entries.iter().any(|(held, _)| *held == name) {
                return Err(misfit(path, "a key given more than once"));
            }
            let held = self.value(value, held, &format!("{path}.{name}"))?;
            entries.push((name, held));
        }
        Ok(Value::Map(entries))
    }

    fn report_others(&mut self, element: &Element, path: &str, is_known: impl Fn(&str) -> bool) {
        for child in element.children.iter().filter(|child| !is_known(&child.name)) {
            report(&mut self.unknown, format!("{path}.{}", child.name));
        }
    }
}

fn scalar_value(shape: &Shape, element: &Element, path: &str) -> Result<Value, Misfit> {
    if !element.children.is_empty() {
        return Err(misfit(path, "elements where text is expected"));
    }
    let text = match shape.kind {
        Kind::Text => element.text.as_str(),
        // Pretty-printed documents have white space around everything.
        _ => element.text.trim(),
    };
    scalar::read(shape, text).ok_or_else(|| misfit(path, "a value of another type"))
}

fn misfit(path: &str, reason: &'static str) -> Misfit {
    Misfit { path: path.to_owned(), reason }
}
