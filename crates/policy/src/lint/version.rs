//! The version of the language.

use super::code::codes;
use super::report::Report;
use super::tree::Value;
use super::view::{View, find};

codes! {
    MISSING_VERSION Warning
        "The document has no Version and so is of 2008-10-17, where policy variables are plain text."
        "Add \"Version\": \"2012-10-17\".";
    INVALID_VERSION Error
        "There is no such version of the policy language."
        "Write \"2012-10-17\".";
}

const NEWEST: &str = "2012-10-17";

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    let Value::Map(members) = &view.root.value else { return };
    match find(members, "Version") {
        None => {
            let inside = view.root.range.start + 1;
            let comma = if members.is_empty() { "" } else { ", " };
            let fix = Report::replace(&(inside..inside), format!("\"Version\": \"{NEWEST}\"{comma}"));
            let message =
                "without a Version the document is of 2008-10-17: write \"Version\": \"2012-10-17\"";
            report.raise_with(&MISSING_VERSION, view.root.range.start, message, Some(fix));
        }
        Some(member) if !matches!(member.node.text(), Some("2012-10-17" | "2008-10-17")) => {
            let fix = Report::quoted(&member.node.range, NEWEST);
            let message = "the version is \"2012-10-17\", or \"2008-10-17\" for old documents";
            report.raise_with(&INVALID_VERSION, member.node.range.start, message, Some(fix));
        }
        Some(_) => {}
    }
}
