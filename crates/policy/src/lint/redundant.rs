//! What could be left out without changing what the document says.

use std::collections::BTreeSet;

use super::code::{Code, codes};
use super::report::Report;
use super::tree::{Node, Value};
use super::view::{Statement, Text, View};
use crate::pattern::Pattern;

codes! {
    REDUNDANT_ACTION Suggestion
        "An action is covered by another one of the statement."
        "Leave it out.";
    REDUNDANT_RESOURCE Suggestion
        "A resource is covered by another one of the statement."
        "Leave it out.";
    REDUNDANT_CONDITION_VALUE Suggestion
        "A value of a condition stands twice, or is covered by a wildcard beside it."
        "Leave it out.";
    REDUNDANT_STATEMENT Suggestion
        "Two statements say the same."
        "Leave one out.";
}

/// Patterns of one list that are held against all its items; hostile lists have more, and nobody else.
const PATTERNS_MAX: usize = 16;

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    for statement in &view.statements {
        check_statement(statement, &mut seen, report);
        let folded = |text: &str| text.to_ascii_lowercase();
        check_list(&statement.actions.texts.items, &folded, true, &REDUNDANT_ACTION, report);
        check_list(&statement.resources.items, &str::to_owned, true, &REDUNDANT_RESOURCE, report);
        for test in &statement.tests {
            let is_like = test.written.is_some_and(|written| written.operator.name.ends_with("Like"));
            check_list(&test.values, &str::to_owned, is_like, &REDUNDANT_CONDITION_VALUE, report);
        }
    }
}

fn check_list(
    items: &[Text<'_>],
    folded: &dyn Fn(&str) -> String,
    has_wildcards: bool,
    code: &'static Code,
    report: &mut Report<'_>,
) {
    if items.len() < 2 {
        return;
    }
    let texts: Vec<String> = items.iter().map(|item| folded(item.text)).collect();
    let patterns: Vec<(usize, &str, Pattern)> = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| has_wildcards && super::operator::has_wildcard(text) && !text.contains("${"))
        .take(PATTERNS_MAX)
        .map(|(at, text)| (at, text.as_str(), Pattern::new(text)))
        .collect();
    let mut seen = BTreeSet::new();
    for (at, (item, text)) in items.iter().zip(&texts).enumerate() {
        let covering = patterns.iter().find(|(other, pattern, matcher)| {
            // A `?` would take the `*` of another pattern for a character.
            let is_comparable = !pattern.contains('?') || !text.contains('*');
            *other != at && *pattern != text && is_comparable && matcher.matches(text)
        });
        let by = match covering {
            Some((_, pattern, _)) => Some(*pattern),
            None if !seen.insert(text.as_str()) => Some(text.as_str()),
            None => None,
        };
        if let Some(by) = by {
            let fix = report.removed(&item.node.range);
            let message = format!("{} says nothing beside {by}", item.text);
            report.raise_with(code, item.node.range.start, message, Some(fix));
        }
    }
}

fn check_statement(statement: &Statement<'_>, seen: &mut BTreeSet<String>, report: &mut Report<'_>) {
    let mut members: Vec<String> = statement
        .members
        .iter()
        .filter(|member| member.name != "Sid")
        .map(|member| format!("{}={}", member.name, plain(&member.node)))
        .collect();
    members.sort();
    if !members.is_empty() && !seen.insert(members.join(";")) {
        let range = &statement.node.range;
        let fix = report.removed(range);
        report.raise_with(&REDUNDANT_STATEMENT, range.start, "another statement says the same", Some(fix));
    }
}

/// A value as text in which neither blanks nor the order of members nor a list of one matter.
fn plain(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::Number(text) => text.clone(),
        Value::Bool(is) => is.to_string(),
        Value::List(nodes) => match nodes.as_slice() {
            [one] => plain(one),
            several => {
                let mut items: Vec<String> = several.iter().map(plain).collect();
                items.sort();
                format!("[{}]", items.join(","))
            }
        },
        Value::Map(members) => {
            let mut items: Vec<String> =
                members.iter().map(|member| format!("{}={}", member.name, plain(&member.node))).collect();
            items.sort();
            format!("{{{}}}", items.join(","))
        }
    }
}
