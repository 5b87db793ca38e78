//! Reads a compact model table. The tables are made by `cargo xtask models`; their form is private to these two.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    ChecksumRule, ErrorFacts, Kind, Label, Member, Model, Operation, Pattern, Place, Protocol, Shape,
    ShapeId, Structure, TimestampFormat,
};

/// A model table that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The text is not a table.
    #[error("not a model table")]
    Malformed(#[from] serde_json::Error),
    /// A shape is named that the table does not hold.
    #[error("shape `{name}` is named but not there")]
    MissingShape {
        /// The missing shape's name.
        name: String,
    },
    /// A word stands where the table's form does not know it.
    #[error("`{word}` is not a {what}")]
    UnknownWord {
        /// The word.
        word: String,
        /// What it should have been.
        what: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    service: String,
    protocol: String,
    version: String,
    namespace: Option<String>,
    target: Option<String>,
    operations: Vec<RawOperation>,
    shapes: Vec<RawShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOperation {
    name: String,
    method: String,
    uri: String,
    status: Option<u16>,
    input: Option<String>,
    output: Option<String>,
    wrapper: Option<String>,
    root: Option<String>,
    #[serde(default)]
    bare: bool,
    #[serde(default)]
    errors: Vec<String>,
    checksum: Option<String>,
    #[serde(default)]
    unsigned: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShape {
    name: String,
    r#type: String,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(default)]
    r#enum: Vec<String>,
    #[serde(default)]
    sensitive: bool,
    format: Option<String>,
    #[serde(default)]
    members: Vec<RawMember>,
    #[serde(default)]
    required: Vec<String>,
    payload: Option<String>,
    item: Option<String>,
    item_as: Option<String>,
    key: Option<String>,
    value: Option<String>,
    namespace: Option<(String, String)>,
    error: Option<RawError>,
}

#[derive(Deserialize)]
struct RawMember(String, String, #[serde(default)] RawPlace);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawPlace {
    r#as: Option<String>,
    r#in: Option<String>,
    #[serde(default)]
    flat: bool,
    #[serde(default)]
    attribute: bool,
    #[serde(default)]
    streaming: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawError {
    code: Option<String>,
    status: u16,
    sender: bool,
}

impl Model {
    /// Reads a compact model table.
    ///
    /// # Errors
    /// [`ModelError`] when the text is no table or names a shape that it does not hold.
    pub fn parse(table: &str) -> Result<Self, ModelError> {
        let raw: RawModel = serde_json::from_str(table)?;
        let mut names = HashMap::with_capacity(raw.shapes.len());
        for (at, shape) in raw.shapes.iter().enumerate() {
            let id = u16::try_from(at).map_err(|_| unknown("a table of at most 65,536 shapes", "model"))?;
            names.insert(shape.name.clone(), ShapeId(id));
        }
        let shapes =
            raw.shapes.into_iter().map(|shape| read_shape(shape, &names)).collect::<Result<_, _>>()?;
        let mut operations: Vec<Operation> =
            raw.operations.into_iter().map(|row| read_operation(row, &names)).collect::<Result<_, _>>()?;
        operations.sort_by(|one, other| one.name.cmp(&other.name));
        operations.dedup_by(|one, other| one.name == other.name);
        Ok(Self {
            service: raw.service,
            protocol: read_protocol(&raw.protocol)?,
            version: raw.version,
            namespace: raw.namespace,
            target_prefix: raw.target,
            operations,
            shapes,
            names,
        })
    }
}

fn unknown(word: &str, what: &'static str) -> ModelError {
    ModelError::UnknownWord { word: word.to_owned(), what }
}

fn find(names: &HashMap<String, ShapeId>, name: &str) -> Result<ShapeId, ModelError> {
    names.get(name).copied().ok_or_else(|| ModelError::MissingShape { name: name.to_owned() })
}

fn find_some(names: &HashMap<String, ShapeId>, name: Option<&String>) -> Result<Option<ShapeId>, ModelError> {
    name.map(|name| find(names, name)).transpose()
}

fn read_protocol(word: &str) -> Result<Protocol, ModelError> {
    match word {
        "query" => Ok(Protocol::Query),
        "json" => Ok(Protocol::Json),
        "rest-xml" => Ok(Protocol::RestXml),
        "rest-json" => Ok(Protocol::RestJson),
        _ => Err(unknown(word, "protocol")),
    }
}

fn read_operation(raw: RawOperation, names: &HashMap<String, ShapeId>) -> Result<Operation, ModelError> {
    let (path, query) = raw.uri.split_once('?').unwrap_or((&raw.uri, ""));
    let path =
        path.split('/').filter(|segment| !segment.is_empty()).map(read_label).collect::<Result<_, _>>()?;
    let query = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (pair.to_owned(), None),
        })
        .collect();
    let checksum = match raw.checksum.as_deref() {
        None => ChecksumRule::None,
        Some("optional") => ChecksumRule::Optional,
        Some("required") => ChecksumRule::Required,
        Some("sent") => ChecksumRule::Sent,
        Some(word) => return Err(unknown(word, "checksum rule")),
    };
    Ok(Operation {
        input: find_some(names, raw.input.as_ref())?,
        output: find_some(names, raw.output.as_ref())?,
        errors: raw.errors.iter().map(|name| find(names, name)).collect::<Result<_, _>>()?,
        path,
        query,
        checksum,
        name: raw.name,
        method: raw.method,
        status: raw.status.unwrap_or(200),
        output_wrapper: raw.wrapper,
        output_root: raw.root,
        output_is_bare: raw.bare,
        unsigned: raw.unsigned,
    })
}

fn read_label(segment: &str) -> Result<Label, ModelError> {
    let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        let is_word = !segment.contains(['{', '}', '%']);
        return is_word
            .then(|| Label::Word(segment.to_owned()))
            .ok_or_else(|| unknown(segment, "path segment"));
    };
    Ok(match name.strip_suffix('+') {
        Some(name) => Label::Rest(name.to_owned()),
        None => Label::Segment(name.to_owned()),
    })
}

fn read_shape(raw: RawShape, names: &HashMap<String, ShapeId>) -> Result<Shape, ModelError> {
    let kind = read_kind(&raw, names)?;
    Ok(Shape {
        error: raw.error.map(|error| ErrorFacts {
            code: error.code.unwrap_or_else(|| raw.name.clone()),
            status: error.status,
            is_sender: error.sender,
        }),
        kind,
        name: raw.name,
        min: raw.min,
        max: raw.max,
        pattern: raw.pattern.map(Pattern::new),
        choices: raw.r#enum,
        sensitive: raw.sensitive,
        namespace: raw.namespace,
    })
}

fn read_kind(raw: &RawShape, names: &HashMap<String, ShapeId>) -> Result<Kind, ModelError> {
    let part = |name: Option<&String>| find(names, name.map_or("", String::as_str));
    Ok(match raw.r#type.as_str() {
        "structure" => Kind::Structure(Structure {
            members: raw
                .members
                .iter()
                .map(|member| read_member(member, &raw.required, names))
                .collect::<Result<_, _>>()?,
            payload: raw.payload.clone(),
        }),
        "list" => Kind::List {
            item: part(raw.item.as_ref())?,
            item_name: raw.item_as.clone().unwrap_or_else(|| "member".to_owned()),
        },
        "map" => Kind::Map { key: part(raw.key.as_ref())?, value: part(raw.value.as_ref())? },
        "string" => Kind::Text,
        "integer" => Kind::Integer,
        "long" => Kind::Long,
        "float" | "double" => Kind::Float,
        "boolean" => Kind::Boolean,
        "blob" => Kind::Blob,
        "document" => Kind::Document,
        "timestamp" => Kind::Timestamp(match raw.format.as_deref() {
            None => None,
            Some("iso8601") => Some(TimestampFormat::Iso8601),
            Some("rfc822") => Some(TimestampFormat::HttpDate),
            Some("unixTimestamp") => Some(TimestampFormat::Epoch),
            Some(word) => return Err(unknown(word, "timestamp format")),
        }),
        word => return Err(unknown(word, "type")),
    })
}

fn read_member(
    RawMember(name, shape, place): &RawMember,
    required: &[String],
    names: &HashMap<String, ShapeId>,
) -> Result<Member, ModelError> {
    Ok(Member {
        name: name.clone(),
        shape: find(names, shape)?,
        wire_name: place.r#as.clone().unwrap_or_else(|| name.clone()),
        place: match place.r#in.as_deref() {
            None if place.streaming => Place::Stream,
            None if place.attribute => Place::Attribute,
            None => Place::Body,
            Some("uri") => Place::Uri,
            Some("querystring") => Place::Query,
            Some("header") => Place::Header,
            Some("headers") => Place::HeaderPrefix,
            Some("statusCode") => Place::Status,
            Some(word) => return Err(unknown(word, "location")),
        },
        is_required: required.contains(name),
        is_flattened: place.flat,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_names_an_absent_shape_is_refused() {
        let table = r#"{"service":"x","protocol":"query","version":"1","operations":[],
            "shapes":[{"name":"A","type":"structure","members":[["B","Nowhere"]]}]}"#;
        let error = Model::parse(table).unwrap_err();
        assert_eq!(error.to_string(), "shape `Nowhere` is named but not there");
    }

    #[test]
    fn an_address_is_split_into_labels_and_query() {
        let table = r#"{"service":"x","protocol":"rest-xml","version":"1","shapes":[],
            "operations":[{"name":"Pick","method":"POST","uri":"/{Bucket}/{Key+}?select&select-type=2"}]}"#;
        let model = Model::parse(table).unwrap();
        let pick = model.operation("Pick").unwrap();
        assert_eq!(pick.path, [Label::Segment("Bucket".into()), Label::Rest("Key".into())]);
        assert_eq!(pick.query, [("select".into(), None), ("select-type".into(), Some("2".into()))]);
        assert_eq!(pick.status, 200);
    }
}
