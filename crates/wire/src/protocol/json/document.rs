//! A JSON document that keeps what `serde_json`'s own tree loses: whether a key stands twice.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use crate::fault::Fault;
use crate::limits::JSON_DEPTH_MAX;

/// A document as it was written, each key once.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Document {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Array(Vec<Document>),
    Object(Vec<(String, Document)>),
}

/// Reads a document.
///
/// # Errors
/// `SerializationException` with the place, for what is not JSON, has a key twice, or is nested too deep.
pub(super) fn read(body: &[u8]) -> Result<Document, Fault> {
    let fault = |error: serde_json::Error| Fault::new("SerializationException", 400, error.to_string());
    let mut reader = serde_json::Deserializer::from_slice(body);
    let document = Nested { depth: 0 }.deserialize(&mut reader).map_err(fault)?;
    reader.end().map_err(fault)?;
    Ok(document)
}

#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
}

impl Nested {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= JSON_DEPTH_MAX {
            return Err(E::custom("the document is nested too deep"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Document;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Document, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Document;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Document, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Document, E> {
        Ok(Document::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Document, E> {
        Ok(Document::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Document, E> {
        i64::try_from(number).map(Document::Integer).map_err(|_| E::custom("a number of more than 64 bits"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Document, E> {
        Ok(Document::Float(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Document, E> {
        Ok(Document::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Document, A::Error> {
        let inner = self.deeper()?;
        let mut held = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            held.push(item);
        }
        Ok(Document::Array(held))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Document, A::Error> {
        let inner = self.deeper()?;
        let mut names = std::collections::HashSet::new();
        let mut held = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format_args!("the key '{name}' stands twice")));
            }
            held.push((name, members.next_value_seed(inner)?));
        }
        Ok(Document::Object(held))
    }
}
