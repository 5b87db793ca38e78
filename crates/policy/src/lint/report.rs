//! Findings on their way: what was found where, before bytes become lines and columns.

use std::ops::Range;

use super::code::Code;
use super::finding::{Finding, Fix};

/// Searches for the nearest name in one document. Each takes microseconds, and a document may hold hundreds of typos.
const SEARCHES_MAX: usize = 32;

/// What was found so far.
pub(super) struct Report<'t> {
    text: &'t str,
    found: Vec<Found>,
    searches: usize,
}

struct Found {
    code: &'static Code,
    at: usize,
    message: String,
    fix: Option<Fix>,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new(), searches: 0 }
    }

    /// Reports without a mended text.
    pub(super) fn raise(&mut self, code: &'static Code, at: usize, message: impl Into<String>) {
        self.raise_with(code, at, message, None);
    }

    /// Reports with a mended text, if there is one.
    pub(super) fn raise_with(
        &mut self,
        code: &'static Code,
        at: usize,
        message: impl Into<String>,
        fix: Option<Fix>,
    ) {
        self.found.push(Found { code, at, message: message.into(), fix });
    }

    pub(super) fn has_error(&self) -> bool {
        self.found.iter().any(|found| found.code.severity == super::Severity::Error)
    }

    /// The name most like this one, while searches last.
    pub(super) fn nearest<'n>(
        &mut self,
        name: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<&'n str> {
        self.searches += 1;
        if self.searches > SEARCHES_MAX { None } else { super::nearest::nearest(name, names) }
    }

    /// A mended text in place of these bytes.
    pub(super) fn replace(range: &Range<usize>, text: impl Into<String>) -> Fix {
        Fix { start: range.start, end: range.end, text: text.into() }
    }

    /// A JSON string in place of these bytes.
    pub(super) fn quoted(range: &Range<usize>, text: &str) -> Fix {
        Self::replace(range, quote(text))
    }

    /// Nothing in place of these bytes and the comma that parts them from their neighbour.
    pub(super) fn removed(&self, range: &Range<usize>) -> Fix {
        let bytes = self.text.as_bytes();
        let is_blank = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_whitespace);
        let (mut start, mut end) = (range.start, range.end);
        let mut behind = end;
        while is_blank(behind) {
            behind += 1;
        }
        if bytes.get(behind) == Some(&b',') {
            end = behind + 1;
            while is_blank(end) {
                end += 1;
            }
        } else {
            let mut before = start;
            while before > 0 && is_blank(before - 1) {
                before -= 1;
            }
            if before > 0 && bytes.get(before - 1) == Some(&b',') {
                start = before - 1;
            }
        }
        Fix { start, end, text: String::new() }
    }

    /// The bytes as they stand.
    pub(super) fn source(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The findings in the order of the text, each once.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|found| (found.at, found.code.severity));
        let mut lines = vec![0];
        lines.extend(self.text.match_indices('\n').map(|(at, _)| at + 1));
        let mut findings: Vec<Finding> = Vec::with_capacity(self.found.len());
        for found in self.found {
            let (line, column) = place(self.text, &lines, found.at);
            let finding = Finding {
                code: found.code.name,
                severity: found.code.severity,
                message: found.message,
                line,
                column,
                fix: found.fix,
            };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings
    }
}

/// The line and column of a byte, both from one, the column in characters.
fn place(text: &str, lines: &[usize], at: usize) -> (u32, u32) {
    let line = lines.partition_point(|&start| start <= at);
    let start = line.checked_sub(1).and_then(|line| lines.get(line)).copied().unwrap_or(0);
    let column = text.get(start..at).map_or(0, |before| before.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// A text as JSON writes it.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
