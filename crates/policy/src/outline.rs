//! Where the statements of a document stand in its text, and which condition keys the document asks for: what AWS's
//! policy simulator tells beside its verdicts (IAM API reference, SimulateCustomPolicy, GetContextKeysForCustomPolicy).

use std::ops::Range;

use crate::condition::Written;
use crate::document::{Document, Malformed, PolicyKind, Version, parse, place};
use crate::lint::tree::{self, Node};
use crate::lint::view::{Statement, View};
use crate::variable::{Piece, Template};

/// A place in a text, both from one, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// What stands where in a document's text.
///
/// ```
/// use portcullis_policy::{Outline, PolicyKind};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*",
///     "Resource": "arn:aws:s3:::home/${aws:username}/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}"#;
/// let outline = Outline::of(text, PolicyKind::Identity).unwrap();
/// assert_eq!(outline.keys(), ["aws:SecureTransport", "aws:username"]);
/// let (start, end) = outline.place(text, 0).unwrap();
/// assert_eq!((start.line, start.column, end.line), (1, 40, 2));
/// ```
#[derive(Debug, Clone)]
pub struct Outline {
    document: Document,
    statements: Vec<Range<usize>>,
    keys: Vec<String>,
}

impl Outline {
    /// Outlines a document of this kind.
    ///
    /// # Errors
    /// [`Malformed`] for what cannot be saved.
    pub fn of(text: &str, kind: PolicyKind) -> Result<Self, Malformed> {
        let document = parse(text, kind)?.document;
        let mut outline = Self { document, statements: Vec::new(), keys: Vec::new() };
        if let Some(root) = tree::read_accepted(text) {
            let view = View::new(text, kind, &root);
            for statement in &view.statements {
                outline.statements.push(statement.node.range.clone());
                outline.add_keys(statement, view.version);
            }
        }
        outline.keys.sort();
        Ok(outline)
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Where a statement begins, and the place right behind its end.
    pub fn place(&self, text: &str, statement: usize) -> Option<(Position, Position)> {
        let range = self.statements.get(statement)?;
        let position = |at| {
            let (line, column) = place(text, at);
            Position { line, column }
        };
        Some((position(range.start), position(range.end)))
    }

    /// The condition keys in conditions and in variables, each once whatever its case, in the order of their names, as
    /// they are first written.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    fn add_keys(&mut self, statement: &Statement<'_>, version: Version) {
        for test in &statement.tests {
            self.add(&test.key.name);
            for value in &test.values {
                self.add_variables(value.node, version);
            }
        }
        for resource in &statement.resources.items {
            self.add_variables(resource.node, version);
        }
    }

    fn add_variables(&mut self, node: &Node, version: Version) {
        let Some(text) = node.text().filter(|text| text.contains("${")) else { return };
        for piece in Template::new(text, version).pieces() {
            if let Piece::Variable(variable) = piece
                && let Some(name) = variable.name()
            {
                self.add(name);
            }
        }
    }

    fn add(&mut self, key: &str) {
        let is_known = |known: &String| known.to_lowercase() == key.to_lowercase();
        if !self.keys.iter().any(is_known) {
            self.keys.push(key.to_owned());
        }
    }
}

/// What the values of a condition key are, as AWS's simulator takes them (`ContextKeyTypeEnum`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Any text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An address or a range of addresses.
    Address,
    /// Base64.
    Binary,
    /// A date, or seconds since 1970.
    Date,
}

impl ValueType {
    /// Whether a policy could hold the text as a value of this type.
    pub fn fits(self, text: &str) -> bool {
        let operator = match self {
            Self::Text => return true,
            Self::Number => "NumericEquals",
            Self::Bool => "Bool",
            Self::Address => "IpAddress",
            Self::Binary => "BinaryEquals",
            Self::Date => "DateEquals",
        };
        Written::find(operator).is_some_and(|written| (written.operator.read)(text, Version::V2008).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_where_they_stand() {
        let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \
                    \"Action\": \"s3:Get*\",\n      \"Resource\": \"*\"\n    }, {\"Effect\": \"Deny\", \"Action\": \"s3:*\", \
                    \"Resource\": \"*\"}\n  ]\n}";
        let outline = Outline::of(text, PolicyKind::Identity).unwrap();
        let at = |line, column| Position { line, column };
        assert_eq!(outline.place(text, 0), Some((at(4, 5), at(8, 6))));
        assert_eq!(outline.place(text, 1), Some((at(8, 8), at(8, 61))));
        assert_eq!(outline.place(text, 2), None);
    }

    #[test]
    fn keys_are_told_once_in_their_first_spelling() {
        let text = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/${AWS:UserName}/${*}/${aws:username}",
             "Condition": {"StringLike": {"s3:prefix": ["${aws:PrincipalTag/Team, 'none'}/*", "x"]},
                           "Null": {"S3:Prefix": "false"}}}]}"#;
        let outline = Outline::of(text, PolicyKind::Identity).unwrap();
        assert_eq!(outline.keys(), ["AWS:UserName", "aws:PrincipalTag/Team", "s3:prefix"]);
        let old = text.replace("2012-10-17", "2008-10-17");
        assert_eq!(Outline::of(&old, PolicyKind::Identity).unwrap().keys(), ["s3:prefix"]);
        assert!(Outline::of("{}", PolicyKind::Identity).is_err());
    }

    #[test]
    fn values_are_read_as_policies_read_them() {
        for (kind, good, bad) in [
            (ValueType::Number, "1.5", "one"),
            (ValueType::Bool, "true", "yes"),
            (ValueType::Address, "203.0.113.0/24", "home"),
            (ValueType::Binary, "QUJD", "%"),
            (ValueType::Date, "2024-05-07T23:00:00Z", "yesterday"),
        ] {
            assert!(kind.fits(good) && !kind.fits(bad), "{kind:?}");
        }
        assert!(ValueType::Text.fits(""));
    }
}
