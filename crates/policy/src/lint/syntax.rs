//! Texts that are no JSON, or that say something twice.

use super::code::codes;
use super::report::Report;
use super::tree::{self, Node, SyntaxFault, Value};
use crate::document::Malformed;

codes! {
    JSON_SYNTAX_ERROR Error
        "The text is not JSON."
        "Mend it at the place; what follows is still looked at as far as it can be made out.";
    DUPLICATE_ELEMENT Error
        "An object has two members of the same name, so that two readers would disagree on what it says."
        "Keep one of them.";
    DUPLICATE_KEYS_WITH_DIFFERENT_CASE Error
        "An object has two members whose names differ only in case, which condition keys and elements may not."
        "Put the values into one list under one name.";
    MALFORMED_POLICY Error
        "The document cannot be saved for a reason that no other code covers, such as its length or its nesting."
        "Mend it as the message says.";
}

/// Reports what keeps the text from being JSON; the fix is the one character that lets the reader get further.
pub(super) fn report_fault(text: &str, fault: &SyntaxFault, report: &mut Report<'_>) {
    let before = text.get(..fault.at).unwrap_or_default();
    let last = before.trim_end();
    let candidates = [
        // A comma too many, one too few, or a bracket that is never closed.
        last.strip_suffix(',').map(|kept| Report::replace(&(kept.len()..last.len()), "")),
        Some(Report::replace(&(last.len()..last.len()), ",")),
        Some(Report::replace(&(text.trim_end().len()..text.trim_end().len()), "}")),
        Some(Report::replace(&(text.trim_end().len()..text.trim_end().len()), "]")),
    ];
    let fix = candidates.into_iter().flatten().find(|fix| tree::syntax_fault(&fix.applied(text)).is_none());
    report.raise_with(&JSON_SYNTAX_ERROR, fault.at, format!("this is not JSON: {}", fault.reason), fix);
}

/// Reports members of the same name anywhere below a node.
pub(super) fn report_duplicates(node: &Node, report: &mut Report<'_>) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|node| report_duplicates(node, report)),
        Value::Map(members) => {
            let mut seen = std::collections::BTreeMap::new();
            for member in members {
                let folded = member.name.to_lowercase();
                match seen.insert(folded, &member.name) {
                    None => {}
                    Some(first) if *first == member.name => {
                        let message = format!("{} stands twice", member.name);
                        report.raise(&DUPLICATE_ELEMENT, member.range.start, message);
                    }
                    Some(first) => {
                        let message =
                            format!("{} is {first} once more, since case does not matter", member.name);
                        report.raise(&DUPLICATE_KEYS_WITH_DIFFERENT_CASE, member.range.start, message);
                    }
                }
                report_duplicates(&member.node, report);
            }
        }
        _ => {}
    }
}

/// Reports a refusal that no check has found.
pub(super) fn report_refusal(text: &str, malformed: &Malformed, report: &mut Report<'_>) {
    report.raise(
        &MALFORMED_POLICY,
        byte_of(text, malformed.line, malformed.column),
        malformed.message.clone(),
    );
}

/// The byte at a line and column, both from one, the column in characters.
fn byte_of(text: &str, line: u32, column: u32) -> usize {
    let nth = |number: u32| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(nth(line)).map(str::len).sum();
    let within = text.get(start..).unwrap_or_default();
    start + within.char_indices().nth(nth(column)).map_or(within.len(), |(at, _)| at)
}
