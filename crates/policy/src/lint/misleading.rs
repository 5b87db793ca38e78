//! Conditions that look like a limit and can be walked around.

use super::code::codes;
use super::operator::Case;
use super::report::Report;
use super::view::View;
use crate::condition::{Quantifier, Sense};
use crate::service_data::{KeyType, services};

codes! {
    STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS SecurityWarning
        "StringLike compares an ARN as a text, in which a wildcard reaches over the colons between its parts."
        "Write ArnLike.";
    S3_PREFIX_IN_NEGATIVE_CONTEXT SecurityWarning
        "A Deny of listings with a prefix, or an Allow of those without it, can be walked around with a shorter prefix."
        "Allow with StringLike, or deny with StringNotLike, and list the prefixes that are allowed.";
    DYNAMODB_ATTRIBUTES_WITHOUT_SELECT SecurityWarning
        "dynamodb:Attributes limits only requests that name attributes; one that names none gets all of them."
        "Ask as well that dynamodb:Select be SPECIFIC_ATTRIBUTES.";
    UNTRUSTWORTHY_CONDITION_KEY SecurityWarning
        "An Allow asks for aws:UserAgent or aws:Referer, which the caller sets as it likes."
        "Ask for something that the caller cannot choose, such as aws:SourceIp or aws:PrincipalArn.";
    FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE SecurityWarning
        "ForAnyValue stands with the audience of a token, which is one value."
        "Leave ForAnyValue: out.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        let Some(condition) = statement.member("Condition") else { continue };
        for test in &statement.tests {
            let Some(written) = test.written else { continue };
            let case = Case { statement, condition, test, written };
            check_arn(&case, report);
            check_prefix(&case, report);
            check_attributes(&case, report);
            check_audience(&case, report);
            check_trust(&case, report);
        }
    }
}

fn check_arn(case: &Case<'_, '_>, report: &mut Report<'_>) {
    let (operator, name) = (case.written.operator.name, &case.test.operator.name);
    let arn_operator = match operator {
        "StringLike" => "ArnLike",
        "StringNotLike" => "ArnNotLike",
        _ => return,
    };
    let is_arn = services().key(&case.test.key.name).is_some_and(|key| key.kind == KeyType::Arn);
    let values = &case.test.values;
    if is_arn && values.iter().any(|value| super::operator::has_wildcard(value.text)) {
        // What is no ARN of six parts is like none.
        let are_arns = values.iter().all(|value| value.text == "*" || value.text.splitn(6, ':').count() == 6);
        let fix = if are_arns { case.with_operator(&name.replace(operator, arn_operator)) } else { None };
        let message =
            format!("under {operator} a wildcard reaches over the colons of an ARN: write {arn_operator}");
        let at = case.test.operator.range.start;
        report.raise_with(&STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS, at, message, fix);
    }
}

fn check_prefix(case: &Case<'_, '_>, report: &mut Report<'_>) {
    let is_prefix = case.test.key.name.eq_ignore_ascii_case("s3:prefix");
    let is_text = case.written.operator.name.starts_with("String");
    let is_negated = case.written.operator.sense == Sense::Negated;
    // The whole bucket is listed with an empty prefix, which a Deny may well name.
    let names_all = case.test.values.iter().all(|value| value.text.is_empty() || value.text == "*");
    if is_prefix && is_text && !names_all && is_negated == case.statement.is_allow() {
        let message = "whoever lists with a shorter prefix is not reached, and sees these objects as well";
        report.raise(&S3_PREFIX_IN_NEGATIVE_CONTEXT, case.test.key.range.start, message);
    }
}

fn check_attributes(case: &Case<'_, '_>, report: &mut Report<'_>) {
    let is_attributes = case.test.key.name.eq_ignore_ascii_case("dynamodb:Attributes")
        && case.written.operator.name != "Null";
    if is_attributes && case.statement.is_allow() && !case.statement.has_test("dynamodb:Select") {
        let message = "a request that names no attributes gets all of them: ask for dynamodb:Select as well";
        report.raise(&DYNAMODB_ATTRIBUTES_WITHOUT_SELECT, case.test.key.range.start, message);
    }
}

fn check_trust(case: &Case<'_, '_>, report: &mut Report<'_>) {
    let key = &case.test.key.name;
    let is_free = ["aws:UserAgent", "aws:referer"].iter().any(|free| free.eq_ignore_ascii_case(key));
    if is_free && case.statement.is_allow() {
        let message = format!("whoever calls sets {key} as it likes");
        report.raise(&UNTRUSTWORTHY_CONDITION_KEY, case.test.key.range.start, message);
    }
}

fn check_audience(case: &Case<'_, '_>, report: &mut Report<'_>) {
    let folded = case.test.key.name.to_ascii_lowercase();
    let is_audience = folded.strip_suffix(":aud").is_some_and(|provider| provider.contains('.'));
    if is_audience && case.written.quantifier == Quantifier::ForAnyValue {
        let bare = case.test.operator.name.split_once(':').map_or("", |(_, bare)| bare);
        let message = format!("{} is one value: leave ForAnyValue out", case.test.key.name);
        let at = case.test.operator.range.start;
        report.raise_with(&FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE, at, message, case.with_operator(bare));
    }
}
