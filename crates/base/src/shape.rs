//! Shapes: what a service's model says of its operations' inputs and outputs.
//!
//! A [`Model`] is one service (`sts`, `iam`, `s3`, `cloudtrail`): its operations, and the shapes of what goes in
//! and out. It is read once from a compact table ([`Model::parse`]) and never changes. The codecs of `wire` walk a
//! [`Value`](crate::Value) and its [`Shape`] side by side; [`validate()`] holds a value against the limits that the
//! model states and words the refusal as AWS does.
//!
//! ```
//! use portcullis_base::shape::{Model, validate, violations_text};
//! use portcullis_base::Value;
//!
//! let model = Model::parse(
//!     r#"{"service":"demo","protocol":"query","version":"1",
//!         "operations":[{"name":"Wait","method":"POST","uri":"/","input":"WaitRequest"}],
//!         "shapes":[{"name":"WaitRequest","type":"structure","required":["Seconds"],
//!                    "members":[["Seconds","seconds"]]},
//!                   {"name":"seconds","type":"integer","min":900}]}"#,
//! )?;
//! let input = model.operation("Wait").and_then(|wait| wait.input).ok_or("no input")?;
//! let violations = validate(&model, input, &Value::structure().with("Seconds", 600_u32));
//! assert_eq!(
//!     violations_text(&violations),
//!     "1 validation error detected: Value '600' at 'seconds' failed to satisfy constraint: \
//!      Member must have value greater than or equal to 900"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod pattern;
mod table;
mod validate;

use std::collections::HashMap;

pub use pattern::Pattern;
pub use table::ModelError;
pub use validate::{Violation, validate, violations_text};

/// One service: its operations and shapes.
#[derive(Debug)]
pub struct Model {
    /// The name by which a signature's scope calls the service: `sts`.
    pub service: String,
    /// The protocol in which it is spoken.
    pub protocol: Protocol,
    /// The version of its interface: `2011-06-15`.
    pub version: String,
    /// The XML namespace of its answers.
    pub namespace: Option<String>,
    /// What stands before the operation's name in `X-Amz-Target`.
    pub target_prefix: Option<String>,
    // INVARIANT: sorted by name, each name once.
    operations: Vec<Operation>,
    // INVARIANT: every `ShapeId` in this model is within.
    shapes: Vec<Shape>,
    names: HashMap<String, ShapeId>,
}

impl Model {
    /// An operation by its exact name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let at = self.operations.binary_search_by(|held| held.name.as_str().cmp(name)).ok()?;
        self.operations.get(at)
    }

    /// All operations, by name.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// A shape of this model. An id of another model gives some other shape, or one without members.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        static NOTHING: Shape = Shape::NOTHING;
        self.shapes.get(usize::from(id.0)).unwrap_or(&NOTHING)
    }

    /// The id of a shape by its exact name.
    pub fn shape_id(&self, name: &str) -> Option<ShapeId> {
        self.names.get(name).copied()
    }

    /// The structure behind an operation's input or output; one without members where there is none.
    pub fn structure(&self, id: Option<ShapeId>) -> &Structure {
        static EMPTY: Structure = Structure { members: Vec::new(), payload: None };
        match id.map(|id| &self.shape(id).kind) {
            Some(Kind::Structure(structure)) => structure,
            _ => &EMPTY,
        }
    }

    /// What the model says of an error, by the code that goes over the wire.
    pub fn error(&self, code: &str) -> Option<&ErrorFacts> {
        self.shapes.iter().filter_map(|shape| shape.error.as_ref()).find(|error| error.code == code)
    }
}

/// A shape within its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(u16);

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Form parameters in, XML out (awsQuery).
    Query,
    /// JSON in and out, the operation named in a header (awsJson 1.1).
    Json,
    /// HTTP methods and paths with XML bodies (restXml).
    RestXml,
    /// HTTP methods and paths with JSON bodies (restJson 1).
    RestJson,
}

/// One operation of a service.
#[derive(Debug)]
pub struct Operation {
    /// Its name: `AssumeRole`.
    pub name: String,
    /// The HTTP method.
    pub method: String,
    /// The path's segments: none for `/`.
    pub path: Vec<Label>,
    /// Query parameters that are part of the address, such as `uploads` or `list-type=2`.
    pub query: Vec<(String, Option<String>)>,
    /// The status of a successful answer.
    pub status: u16,
    /// The shape of the input.
    pub input: Option<ShapeId>,
    /// The shape of the output.
    pub output: Option<ShapeId>,
    /// The element that wraps the output in the query protocol: `AssumeRoleResult`.
    pub output_wrapper: Option<String>,
    /// The root element of an XML output that has no payload member: `ListBucketResult`.
    pub output_root: Option<String>,
    /// Whether the output's only member is itself the root element (S3's bucket location).
    pub output_is_bare: bool,
    /// The shapes of the errors it declares.
    pub errors: Vec<ShapeId>,
    /// What the model says of a checksum of the request's body.
    pub checksum: ChecksumRule,
    /// Whether it is called without a signature.
    pub unsigned: bool,
}

/// A part of an operation's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// This segment as it stands: `token`.
    Word(String),
    /// One segment: `{Bucket}`.
    Segment(String),
    /// All the rest, slashes included: `{Key+}`.
    Rest(String),
}

/// Whether a request's body needs a checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumRule {
    /// The model says nothing of one.
    None,
    /// One may be sent and is then checked.
    Optional,
    /// One must be sent, as `Content-MD5` or as an `x-amz-checksum-…` header or trailer, or the signature must cover
    /// the SHA-256 of the body.
    Required,
    /// One must be sent so, whatever the signature covers.
    Sent,
}

/// The form of a value, with its limits.
#[derive(Debug)]
pub struct Shape {
    /// Its name in the model.
    pub name: String,
    /// What it is made of.
    pub kind: Kind,
    /// The least length (text, blob, list, map) or value (number).
    pub min: Option<i64>,
    /// The greatest length or value.
    pub max: Option<i64>,
    /// What the whole text must match.
    pub pattern: Option<Pattern>,
    /// The only texts allowed, if there are any.
    pub choices: Vec<String>,
    /// Whether values must not be repeated in messages, events and logs.
    pub sensitive: bool,
    /// An XML namespace that its element declares: prefix and address.
    pub namespace: Option<(String, String)>,
    /// Set on shapes that are errors.
    pub error: Option<ErrorFacts>,
}

impl Shape {
    const NOTHING: Self = Self {
        name: String::new(),
        kind: Kind::Structure(Structure { members: Vec::new(), payload: None }),
        min: None,
        max: None,
        pattern: None,
        choices: Vec::new(),
        sensitive: false,
        namespace: None,
        error: None,
    };
}

/// What a shape is made of.
#[derive(Debug)]
pub enum Kind {
    /// Named members.
    Structure(Structure),
    /// Items of one shape.
    List {
        /// The items' shape.
        item: ShapeId,
        /// The element or parameter name of an item: `member`, unless the model says otherwise.
        item_name: String,
    },
    /// Keys and values.
    Map {
        /// The keys' shape.
        key: ShapeId,
        /// The values' shape.
        value: ShapeId,
    },
    /// Text.
    Text,
    /// An integer of 32 bits.
    Integer,
    /// An integer of 64 bits.
    Long,
    /// A floating-point number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// An instant; printed in the protocol's usual form unless another is named.
    Timestamp(Option<TimestampFormat>),
    /// Bytes.
    Blob,
    /// Anything that JSON can say (Smithy's document type): text, numbers, truths, lists and maps as they come.
    Document,
}

/// A named form of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2024-05-07T23:47:00Z`.
    Iso8601,
    /// `Tue, 07 May 2024 23:47:00 GMT`.
    HttpDate,
    /// Seconds since 1970, possibly with a fraction.
    Epoch,
}

/// A structure's members.
#[derive(Debug)]
pub struct Structure {
    /// In the model's order, which is the order of output.
    pub members: Vec<Member>,
    /// The member that is the whole HTTP body.
    pub payload: Option<String>,
}

impl Structure {
    /// A member by its name in the model.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The member that is the whole HTTP body, if there is one.
    pub fn payload_member(&self) -> Option<&Member> {
        self.payload.as_deref().and_then(|name| self.member(name))
    }
}

/// One member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name in the model, and in a [`Value`](crate::Value).
    pub name: String,
    /// Its shape.
    pub shape: ShapeId,
    /// Its name on the wire: element, parameter or header.
    pub wire_name: String,
    /// Where it stands in an HTTP message.
    pub place: Place,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether a list's items stand directly in the structure, without an element around them.
    pub is_flattened: bool,
}

/// Where a member stands in an HTTP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the body.
    Body,
    /// In the body, as an attribute of the XML element.
    Attribute,
    /// It is the body; its bytes are streamed and never stand in a value.
    Stream,
    /// A label of the path.
    Uri,
    /// A query parameter.
    Query,
    /// A header.
    Header,
    /// All headers that begin with the wire name, as a map.
    HeaderPrefix,
    /// The status code.
    Status,
}

/// What the model says of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorFacts {
    /// The code that goes over the wire.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// Whether the caller is at fault.
    pub is_sender: bool,
}
