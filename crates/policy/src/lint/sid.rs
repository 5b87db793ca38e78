//! The ids of statements.

use std::collections::BTreeSet;

use super::code::codes;
use super::report::Report;
use super::view::View;
use crate::document::PolicyKind;
use crate::limits::SID_MAX_CHARS;

codes! {
    UNIQUE_SIDS_REQUIRED Error
        "Two statements have the same Sid."
        "Give each its own.";
    UNSUPPORTED_SID Error
        "A Sid has characters other than ASCII letters and digits, which IAM does not take, or is too long."
        "Leave those characters out.";
    EMPTY_SID_VALUE Suggestion
        "A Sid is empty."
        "Leave it out, or say what the statement is for.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    for statement in &view.statements {
        let Some(member) = statement.member("Sid") else { continue };
        let Some(sid) = member.node.text() else { continue };
        let at = member.node.range.start;
        if sid.is_empty() {
            let fix = report.removed(&member.range);
            report.raise_with(&EMPTY_SID_VALUE, at, "an empty Sid says nothing", Some(fix));
        } else if !seen.insert(sid) {
            report.raise(&UNIQUE_SIDS_REQUIRED, at, format!("another statement has the Sid {sid} as well"));
        }
        // S3 takes any text.
        let is_plain = sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if sid.chars().count() > SID_MAX_CHARS {
            let message = format!("a Sid has at most {SID_MAX_CHARS} characters");
            report.raise(&UNSUPPORTED_SID, at, message);
        } else if view.kind != PolicyKind::Resource && !is_plain {
            let plain: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
            let fix = (!plain.is_empty()).then(|| Report::quoted(&member.node.range, &plain));
            report.raise_with(&UNSUPPORTED_SID, at, "a Sid has ASCII letters and digits only", fix);
        }
    }
}
