//! `portcullis lint FILE`: what is wrong with a policy, where, and what to write instead.
//!
//! ```text
//! policy.json:2:40 error INVALID_ACTION: Amazon S3 has no action GetObjct; GetObject is probably meant
//!   2 |   {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}}
//!     |                                 ^^^^^^^^^^^^^
//!   fix: "s3:GetObject"
//! ```

use std::fmt::Write as _;

use clap::Args;
use portcullis_service::lint::{Finding, Fix, Severity, lint};
use serde_json::{Value as Json, json};

use super::super::error::printable;
use super::super::output::Format;
use super::Said;
use super::document::{Document, Which};

/// The most that is shown of a line, before and behind the place.
const SHOWN_CHARS: usize = 60;

/// The flags.
#[derive(Debug, Args)]
pub struct Lint {
    #[command(flatten)]
    which: Which,
}

impl Lint {
    /// The findings as text; 1 if one is an error.
    ///
    /// # Errors
    /// Why the policy cannot be read.
    pub(super) fn said(&self) -> Result<Said, String> {
        let document = self.which.read()?;
        let findings = lint(&document.text, document.kind);
        let has_error = findings.iter().any(|finding| finding.severity == Severity::Error);
        let text = match self.which.output {
            Format::Json => format!("{:#}\n", Json::Array(findings.iter().map(as_json).collect())),
            Format::Text => as_text(&document, &findings),
        };
        Ok(Said { text, code: u8::from(has_error) })
    }
}

/// A finding as `LINT.md` describes it.
fn as_json(finding: &Finding) -> Json {
    json!({
        "code": finding.code,
        "severity": finding.severity.name(),
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "fix": finding.fix.as_ref().map(|fix| &fix.text),
        "replaces": finding.fix.as_ref().map(|fix| json!({"start": fix.start, "end": fix.end})),
    })
}

fn as_text(document: &Document, findings: &[Finding]) -> String {
    let mut text = document.reading();
    for finding in findings {
        let (line, column) = (finding.line, finding.column);
        let _ = writeln!(
            text,
            "\n{}:{line}:{column} {} {}: {}",
            printable(&document.name),
            severity(finding.severity),
            finding.code,
            printable(&finding.message)
        );
        show_line(&document.text, finding, &mut text);
        if let Some(fix) = &finding.fix {
            let _ = writeln!(text, "  fix: {}", fix_text(&document.text, fix));
        }
    }
    text.push_str(&counts(findings));
    text
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::SecurityWarning => "security warning",
        Severity::Warning => "warning",
        Severity::Suggestion => "suggestion",
    }
}

/// The line of a finding with the place marked; of a long line only what is near.
fn show_line(document: &str, finding: &Finding, text: &mut String) {
    let nth = |number: u32| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = document.split('\n').nth(nth(finding.line)).unwrap_or_default().trim_end_matches('\r');
    let at = line.char_indices().nth(nth(finding.column)).map_or(line.len(), |(at, _)| at);
    let (before, rest) = line.split_at_checked(at).unwrap_or((line, ""));
    let length = marked_length(rest);
    let (marked, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
    let skipped = before.chars().count().saturating_sub(SHOWN_CHARS);
    let near: String = before.chars().skip(skipped).collect();
    let near = format!("{}{}", if skipped > 0 { "…" } else { "" }, printable(&near));
    let wide: String = marked.chars().take(SHOWN_CHARS).collect();
    let wide = printable(&wide);
    let after: String = behind.chars().take(SHOWN_CHARS).collect();
    let cut = if behind.chars().count() > SHOWN_CHARS { "…" } else { "" };
    let number = finding.line.to_string();
    let _ = writeln!(text, "  {number} | {near}{wide}{}{cut}", printable(&after));
    let _ = writeln!(
        text,
        "  {} | {}{}",
        " ".repeat(number.len()),
        " ".repeat(near.chars().count()),
        "^".repeat(wide.chars().count().max(1))
    );
}

/// How much of the rest of a line the place is: a string to its closing quote, and of anything else one character.
fn marked_length(rest: &str) -> usize {
    let mut letters = rest.char_indices();
    let Some((_, first)) = letters.next() else { return 0 };
    if first != '"' {
        return first.len_utf8();
    }
    let mut is_escaped = false;
    for (at, letter) in letters {
        match letter {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    rest.len()
}

fn fix_text(document: &str, fix: &Fix) -> String {
    let replaced = document
        .get(fix.start..fix.end)
        .unwrap_or_default()
        .trim_matches(|c: char| c == ',' || c.is_whitespace());
    match (fix.text.trim(), replaced) {
        ("", "") => "leave the comma out".to_owned(),
        ("", replaced) => format!("leave out {}", printable(replaced)),
        (text, "") => format!("put in {}", printable(text)),
        (text, _) => printable(text),
    }
}

fn counts(findings: &[Finding]) -> String {
    let kinds = [Severity::Error, Severity::SecurityWarning, Severity::Warning, Severity::Suggestion];
    let counted = kinds.iter().filter_map(|kind| {
        let count = findings.iter().filter(|finding| finding.severity == *kind).count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {}{plural}", severity(*kind)))
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { "no findings\n".to_owned() } else { format!("\n{}\n", counted.join(", ")) }
}

#[cfg(test)]
mod tests {
    use portcullis_service::lint::PolicyKind;

    use super::*;

    fn shown(text: &str) -> String {
        let document = Document {
            name: "p.json".to_owned(),
            text: text.to_owned(),
            kind: PolicyKind::Identity,
            is_guessed: true,
        };
        as_text(&document, &lint(text, PolicyKind::Identity))
    }

    #[test]
    fn the_place_is_marked() {
        let text = "{\"Version\": \"2012-10-17\", \"Statement\":\n\t{\"Effect\": \"Allow\", \"Action\": \"s3:GetObjct\", \"Resource\": \"*\"}}";
        assert_eq!(
            shown(text),
            "p.json is read as an identity policy; --type says otherwise\n\n\
             p.json:2:32 error INVALID_ACTION: Amazon S3 has no action GetObjct; GetObject is probably meant\n\
             \x20 2 | \\t{\"Effect\": \"Allow\", \"Action\": \"s3:GetObjct\", \"Resource\": \"*\"}}\n\
             \x20   |                                 ^^^^^^^^^^^^^\n\
             \x20 fix: \"s3:GetObject\"\n\n\
             1 error\n"
        );
    }

    #[test]
    fn long_lines_are_cut_and_control_characters_shown() {
        let text = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Allow\", \"Action\": [{}\"s3:Nothing\u{7f}At\"], \"Resource\": \"*\"}}}}",
            "\"s3:GetObject\", ".repeat(20)
        );
        let shown = shown(&text);
        assert!(!shown.contains('\u{7f}'), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() < 220), "{shown}");
    }

    #[test]
    fn a_sound_policy_has_no_findings() {
        let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}}"#;
        assert!(shown(text).ends_with("\nno findings\n"));
    }
}
