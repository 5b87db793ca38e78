//! Allows whose conditions on who is calling leave open almost everything.

use super::code::codes;
use super::report::Report;
use super::view::{Test, Text, View};
use crate::condition::Sense;

codes! {
    WILDCARD_USAGE_TOO_PERMISSIVE Error
        "An Allow compares aws:userid, or the subject of an identity provider's token, with a wildcard that little stands before."
        "Under aws:userid write ID:*, or *:SESSION; in a subject at least six characters before the wildcard, behind the last colon.";
    VARIABLE_USAGE_TOO_PERMISSIVE Error
        "An Allow compares aws:userid, or the subject of an identity provider's token, with a variable that little stands before: whoever sets it passes."
        "Under aws:userid write ID:${KEY}, or ${KEY}:*; in a subject at least six characters before the variable, behind the last colon.";
}

/// What must stand before a wildcard in the subject of a token.
const LITERAL_CHARS_MIN: usize = 6;
/// Stands for a variable, so that its colons do not count.
const VARIABLE: char = '\u{1}';

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in view.statements.iter().filter(|statement| statement.is_allow()) {
        for test in &statement.tests {
            let is_positive = test.written.is_some_and(|written| {
                written.operator.sense == Sense::Positive && takes_wildcards(written.operator.name)
            });
            if is_positive {
                test.values.iter().for_each(|value| check_value(test, *value, report));
            }
        }
    }
}

/// Equality has no wildcards, but it has variables; `Null` and dates have neither.
fn takes_wildcards(operator: &str) -> bool {
    matches!(operator, "StringLike" | "StringEquals" | "StringEqualsIgnoreCase")
}

fn check_value(test: &Test<'_>, value: Text<'_>, report: &mut Report<'_>) {
    let key = test.key.name.to_ascii_lowercase();
    let is_like = test.written.is_some_and(|written| written.operator.name == "StringLike");
    let shape = without_variables(value.text);
    let is_subject = key.strip_suffix(":sub").is_some_and(|provider| provider.contains('.'));
    for (open, code) in [("*?", &WILDCARD_USAGE_TOO_PERMISSIVE), ("\u{1}", &VARIABLE_USAGE_TOO_PERMISSIVE)] {
        if open == "*?" && !is_like {
            continue;
        }
        let is_open = |letter: char| open.contains(letter);
        let is_wide = match key.as_str() {
            "aws:userid" => is_open_id(&shape, is_open),
            _ if is_subject => shape.find(is_open).is_some_and(|at| {
                let before = shape.get(..at).unwrap_or_default();
                before.rsplit(':').next().map_or(0, |run| run.chars().count()) < LITERAL_CHARS_MIN
            }),
            _ => false,
        };
        if is_wide {
            let message = format!("{:?} leaves open who {} is", value.text, test.key.name);
            report.raise(code, value.node.range.start, message);
        }
    }
}

/// Whether the part before the colon is open, other than as a whole.
fn is_open_id(shape: &str, is_open: impl Fn(char) -> bool) -> bool {
    match shape.split_once(':') {
        None => shape.contains(is_open),
        Some((id, _)) => id.contains(&is_open) && id.chars().count() > 1,
    }
}

fn without_variables(text: &str) -> String {
    let mut shape = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        shape.push_str(before);
        match behind.split_once('}') {
            Some(("*" | "?" | "$", after)) => {
                shape.push('_');
                rest = after;
            }
            Some((_, after)) => {
                shape.push(VARIABLE);
                rest = after;
            }
            None => rest = behind,
        }
    }
    shape.push_str(rest);
    shape
}
