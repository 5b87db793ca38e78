//! Traps of revocation: conditions that cut off more than was meant, or nothing.

use super::Fix;
use super::code::codes;
use super::operator::{Case, has_wildcard};
use super::report::{Report, quote};
use super::view::{Text, View};
use crate::condition::{Sense, WhenAbsent};
use crate::document::{Effect, is_bare_role_id};

codes! {
    BARE_ROLE_ID Warning
        "A Deny names a role's id without a session under aws:userid. Here it hits every session of the role, as AWS's page on revoking says; AWS itself matches none."
        "Write the id with :* under StringLike.";
    IF_EXISTS_WITH_TOKEN_ISSUE_TIME Warning
        "A Deny asks for aws:TokenIssueTime with IfExists. Long-term keys have no issue time and are denied for good."
        "Leave IfExists out.";
    NEGATION_HITS_ABSENT_KEY Warning
        "A Deny has a negated operator for a key that many requests do not have, such as those of long-term keys, and hits all of these."
        "Ask with Null that the key be there.";
    SESSION_ARN_IN_PRINCIPAL_ARN Warning
        "A session's ARN is compared with aws:PrincipalArn, which for every session is the ARN of its role."
        "Write the role's ARN, or ask for the session with aws:userid: ROLE_ID:SESSION_NAME.";
}

/// Keys that only some credentials have, with those that have none.
const PARTIAL: [(&str, &str); 5] = [
    ("aws:TokenIssueTime", "long-term keys have"),
    ("aws:SourceIdentity", "a session that set none, or a user, has"),
    ("aws:FederatedProvider", "whoever did not sign in through a provider has"),
    ("aws:username", "a role's session or the root user has"),
    ("identitystore:UserId", "whoever did not come through Identity Center has"),
];

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        let Some(condition) = statement.member("Condition") else { continue };
        for test in &statement.tests {
            let Some(written) = test.written else { continue };
            let case = Case { statement, condition, test, written };
            if statement.effect == Some(Effect::Deny) {
                check_bare_ids(&case, report);
                check_absent(&case, report);
            }
            check_session_arns(&case, report);
        }
    }
}

fn check_bare_ids(case: &Case<'_, '_>, report: &mut Report<'_>) {
    for value in &case.test.values {
        let (key, id) = (&case.test.key.name, value.text);
        if is_bare_role_id(case.written, key, id) {
            let message = format!(
                "{id} under {key} is read as every session of that role; other engines match it with none: write \
                 {id}:* under StringLike"
            );
            let fix = any_session(case, *value, report);
            report.raise_with(&BARE_ROLE_ID, value.node.range.start, message, fix);
        }
    }
}

/// The id with `:*`, under StringLike.
fn any_session(case: &Case<'_, '_>, value: Text<'_>, report: &Report<'_>) -> Option<Fix> {
    let mended = quote(&format!("{}:*", value.text));
    let name = case.written.operator.name;
    if name == "StringLike" {
        return Some(Report::replace(&value.node.range, mended));
    }
    let operator = case.test.operator;
    let others_stay = case.test.values.iter().all(|value| !has_wildcard(value.text));
    let folded = operator.name.to_ascii_lowercase();
    let stem = folded.find(&name.to_ascii_lowercase())?;
    let like = format!(
        "{}StringLike{}",
        operator.name.get(..stem).unwrap_or_default(),
        operator.name.get(stem + name.len()..).unwrap_or_default()
    );
    // Only where the operator may be renamed at all.
    case.with_operator(&like).filter(|_| others_stay)?;
    let between = report.source(&(operator.name_range.end..value.node.range.start));
    let behind = report.source(&(value.node.range.end..operator.range.end));
    Some(Report::replace(&operator.range, format!("{}{between}{mended}{behind}", quote(&like))))
}

fn check_absent(case: &Case<'_, '_>, report: &mut Report<'_>) {
    let key = case.test.key.name.as_str();
    let at = case.test.operator.range.start;
    if case.statement.requires(key) {
        return;
    }
    let name = &case.test.operator.name;
    let bare = name.len().checked_sub("IfExists".len()).and_then(|end| name.get(..end)).unwrap_or(name);
    if case.written.when_absent == WhenAbsent::Holds && key.eq_ignore_ascii_case("aws:TokenIssueTime") {
        let message = "long-term keys have no aws:TokenIssueTime, and IfExists denies them for good";
        let is_positive = case.written.operator.sense == Sense::Positive;
        let fix = if is_positive { case.with_operator(bare) } else { case.with_presence() };
        return report.raise_with(&IF_EXISTS_WITH_TOKEN_ISSUE_TIME, at, message, fix);
    }
    let is_negated = case.written.operator.sense == Sense::Negated;
    let is_single = case.written.quantifier == crate::condition::Quantifier::Single;
    let partial = PARTIAL.iter().find(|(partial, _)| partial.eq_ignore_ascii_case(key));
    if let (Some((key, who)), true, true) = (partial, is_negated, is_single) {
        let message = format!("{who} no {key}, and is hit as well: add \"Null\": {{\"{key}\": \"false\"}}");
        report.raise_with(&NEGATION_HITS_ABSENT_KEY, at, message, case.with_presence());
    }
}

fn check_session_arns(case: &Case<'_, '_>, report: &mut Report<'_>) {
    if !case.test.key.name.eq_ignore_ascii_case("aws:PrincipalArn") {
        return;
    }
    for value in case.test.values.iter().filter(|value| value.text.contains(":assumed-role/")) {
        let message =
            "aws:PrincipalArn is the ARN of the role for every session of it, and never a session's";
        report.raise(&SESSION_ARN_IN_PRINCIPAL_ARN, value.node.range.start, message);
    }
}
