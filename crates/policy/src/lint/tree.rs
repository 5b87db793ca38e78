//! The document as a tree that keeps where everything stands, also where it is no policy and no strict JSON.

use std::ops::Range;

use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};

/// Brackets within brackets that are followed. A policy has eight; text that is no JSON may have any number.
const NESTING_MAX: usize = 64;

/// A value and its bytes.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) range: Range<usize>,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Text(String),
    /// As spelled.
    Number(String),
    Bool(bool),
    List(Vec<Node>),
    Map(Vec<Member>),
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The name with its quotes.
    pub(crate) name_range: Range<usize>,
    /// From the name to the end of the value.
    pub(crate) range: Range<usize>,
    pub(crate) node: Node,
}

/// Where and why a text is not JSON.
pub(crate) struct SyntaxFault {
    pub(crate) at: usize,
    pub(crate) reason: String,
}

/// Reads a text: a tree, if there is any way to see one in it, and the fault, if it is not JSON.
pub(crate) fn read(text: &str) -> (Option<Node>, Option<SyntaxFault>) {
    let fault = syntax_fault(text);
    if is_too_deep(text) {
        return (None, fault);
    }
    (parsed(text, fault.as_ref()), fault)
}

/// Reads a text that was found to be JSON.
pub(crate) fn read_accepted(text: &str) -> Option<Node> {
    parsed(text, None)
}

fn parsed(text: &str, fault: Option<&SyntaxFault>) -> Option<Node> {
    // What is no JSON may still be seen as what it was meant to be.
    let is_loose = fault.is_some();
    let options = ParseOptions {
        allow_comments: is_loose,
        allow_loose_object_property_names: is_loose,
        allow_trailing_commas: is_loose,
        allow_missing_commas: is_loose,
        allow_single_quoted_strings: is_loose,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let tree = parse_to_ast(text, &CollectOptions::default(), &options).ok()?.value?;
    Some(convert(&tree))
}

/// What the strict reader says.
pub(crate) fn syntax_fault(text: &str) -> Option<SyntaxFault> {
    let error = serde_json::from_str::<serde_json::Value>(text).err()?;
    let at = crate::document::byte_at(text, error.line(), error.column());
    let told = error.to_string();
    let reason = told.rsplit_once(" at line ").map_or(told.as_str(), |(reason, _)| reason).to_owned();
    Some(SyntaxFault { at, reason })
}

fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest > NESTING_MAX
}

fn convert(value: &ast::Value<'_>) -> Node {
    let range = value.range();
    let converted = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.to_string()),
        ast::Value::NumberLit(number) => Value::Number(number.value.to_owned()),
        ast::Value::BooleanLit(boolean) => Value::Bool(boolean.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::Array(array) => Value::List(array.elements.iter().map(convert).collect()),
        ast::Value::Object(object) => Value::Map(object.properties.iter().map(member).collect()),
    };
    Node { range: range.start..range.end, value: converted }
}

fn member(property: &ast::ObjectProp<'_>) -> Member {
    let (name, range) = (property.name.range(), property.range());
    Member {
        name: property.name.as_str().to_owned(),
        name_range: name.start..name.end,
        range: range.start..range.end,
        node: convert(&property.value),
    }
}

impl Node {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, or a number or boolean as its text.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The members of an object; none of anything else.
    pub(crate) fn members(&self) -> &[Member] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    /// The elements of a list, or the one value that stands in its place.
    pub(crate) fn one_or_many(&self) -> &[Node] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => std::slice::from_ref(self),
        }
    }

    /// Whether it is a list without elements.
    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(&self.value, Value::List(nodes) if nodes.is_empty())
    }
}
