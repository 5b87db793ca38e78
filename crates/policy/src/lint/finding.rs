//! What lint says about a document: the code, how bad it is, where it stands, what is the matter and what to write.

use super::code::Severity;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: the name of a [`Code`](super::Code).
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter with this document, and the form to write instead.
    pub message: String,
    /// From one.
    pub line: u32,
    /// From one, in characters.
    pub column: u32,
    /// The mended text, where it can be known.
    pub fix: Option<Fix>,
}

/// A mended text, and what it stands in for: put in place of those bytes of the document, it makes the finding go
/// away.
///
/// ```
/// use portcullis_policy::{PolicyKind, lint};
///
/// let text = r#"{"Version": "2012-10-17", "Statement":
///     {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "arn:aws:s3:::data/*"}}"#;
/// let fix = lint(text, PolicyKind::Identity).remove(0).fix.unwrap();
/// assert_eq!((fix.text.as_str(), &text[fix.start..fix.end]), (r#""s3:GetObject""#, r#""s3:GetObjct""#));
/// assert!(lint(&fix.applied(text), PolicyKind::Identity).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// JSON as it stands in a document, quotes included: a value, a member, or nothing to leave something out.
    pub text: String,
    /// The first byte replaced.
    pub start: usize,
    /// The byte behind the last one replaced; where it is the first as well, the text is put in between.
    pub end: usize,
}

impl Fix {
    /// The whole document with the mended text in its place.
    pub fn applied(&self, document: &str) -> String {
        let before = document.get(..self.start).unwrap_or_default();
        let behind = document.get(self.end..).unwrap_or_default();
        format!("{before}{}{behind}", self.text)
    }
}
