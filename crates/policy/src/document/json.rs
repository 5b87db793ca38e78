//! Strict JSON with positions. `serde_json` judges what is JSON; `jsonc-parser` then says where everything stands.
//! Beyond JSON: no null, and no object with two names that are the same but for case, since two readers of such a
//! document would disagree on what it says.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::limits::{DOCUMENT_MAX_BYTES, NESTING_MAX};

/// AWS's wording for whatever is not the policy language.
pub(crate) const SYNTAX: &str = "Syntax errors in policy.";

/// The document is not a policy of its kind; nothing of it may be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    /// AWS's wording first, then the element and where it stands.
    pub message: String,
    /// From one.
    pub line: u32,
    /// From one, in characters.
    pub column: u32,
}

/// What is wrong and at which byte, before the byte is turned into a line and a column.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) wording: String,
    pub(crate) detail: String,
    pub(crate) at: usize,
}

impl Fault {
    /// A fault under AWS's general wording.
    pub(crate) fn syntax(detail: impl Into<String>, at: usize) -> Self {
        Self::worded(SYNTAX, detail, at)
    }

    /// A fault for which AWS has words of its own.
    pub(crate) fn worded(wording: impl Into<String>, detail: impl Into<String>, at: usize) -> Self {
        Self { wording: wording.into(), detail: detail.into(), at }
    }

    pub(crate) fn place(self, text: &str) -> Malformed {
        let (line, column) = place(text, self.at);
        Malformed {
            message: format!("{} ({}, at line {line}, column {column})", self.wording, self.detail),
            line,
            column,
        }
    }
}

/// The line and column of a byte, both from one, the column in characters.
pub(crate) fn place(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// A value and the byte where it begins.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    /// A number or boolean, as it is spelled.
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Member>),
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) at: usize,
    pub(crate) node: Node,
}

/// Parses the text to a syntax tree that keeps ranges; only for text that `serde_json` accepts.
pub(crate) fn tree(text: &str) -> Option<ast::Value<'_>> {
    serde_json::from_str::<serde_json::Value>(text).ok()?;
    ast_of(text)
}

/// The tree of a text that is known to be JSON.
fn ast_of(text: &str) -> Option<ast::Value<'_>> {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    parse_to_ast(text, &CollectOptions::default(), &options).ok()?.value
}

/// Reads strict JSON.
pub(crate) fn read(text: &str) -> Result<Node, Fault> {
    if text.len() > DOCUMENT_MAX_BYTES {
        return Err(Fault::syntax(format!("the document is longer than {DOCUMENT_MAX_BYTES} bytes"), 0));
    }
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        return Err(Fault::syntax("the document is not JSON", byte_at(text, error.line(), error.column())));
    }
    let tree = ast_of(text).ok_or_else(|| Fault::syntax("the document is not JSON", 0))?;
    convert(&tree, NESTING_MAX)
}

/// The byte at a line and column as `serde_json` counts them: from one, the column in bytes.
pub(crate) fn byte_at(text: &str, line: usize, column: usize) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (line_start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn convert(value: &ast::Value<'_>, depth_left: usize) -> Result<Node, Fault> {
    let at = value.range().start;
    let inner_depth = depth_left.checked_sub(1).ok_or_else(|| Fault::syntax("nested too deep", at))?;
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.to_string()),
        ast::Value::NumberLit(number) => Value::Scalar(number.value.to_owned()),
        ast::Value::BooleanLit(boolean) => Value::Scalar(boolean.value.to_string()),
        ast::Value::NullKeyword(_) => {
            return Err(Fault::syntax("null is not a value of the policy language", at));
        }
        ast::Value::Array(array) => Value::List(
            array.elements.iter().map(|element| convert(element, inner_depth)).collect::<Result<_, _>>()?,
        ),
        ast::Value::Object(object) => Value::Map(members(object, inner_depth)?),
    };
    Ok(Node { at, value })
}

fn members(object: &ast::Object<'_>, inner_depth: usize) -> Result<Vec<Member>, Fault> {
    let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
    let mut seen = std::collections::BTreeSet::new();
    for property in &object.properties {
        let name = property.name.as_str().to_owned();
        let at = property.range.start;
        if !seen.insert(name.to_lowercase()) {
            return Err(Fault::syntax(format!("{name} stands twice, regardless of case"), at));
        }
        members.push(Member { name, at, node: convert(&property.value, inner_depth)? });
    }
    Ok(members)
}

impl Node {
    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Scalar(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The members, if it is an object.
    pub(crate) fn map(&self, element: &str) -> Result<&[Member], Fault> {
        match &self.value {
            Value::Map(members) => Ok(members),
            Value::Text(_) | Value::Scalar(_) | Value::List(_) => {
                Err(Fault::syntax(format!("{element} must be an object"), self.at))
            }
        }
    }

    /// The elements of a list, or the one value that stands in its place.
    pub(crate) fn one_or_many(&self) -> &[Node] {
        match &self.value {
            Value::List(nodes) => nodes,
            Value::Text(_) | Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(self),
        }
    }

    /// The texts of a list, or the one text that stands in its place.
    pub(crate) fn texts(&self, element: &str) -> Result<Vec<(&str, usize)>, Fault> {
        self.one_or_many()
            .iter()
            .map(|node| {
                let text = node.text();
                text.map(|text| (text, node.at)).ok_or_else(|| {
                    Fault::syntax(format!("{element} must be a string or a list of strings"), node.at)
                })
            })
            .collect()
    }
}
