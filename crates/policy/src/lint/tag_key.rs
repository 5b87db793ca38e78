//! Conditions on tags and on keys that only mean something together.

use super::code::{Code, codes};
use super::report::Report;
use super::view::{Statement, Test, View};
use crate::document::Effect;
use crate::service_data::services;

codes! {
    DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE SecurityWarning
        "A Deny asks for a resource's or request's tag, and a service among its actions has no such tags: its actions are not denied."
        "Deny the actions of that service in a statement without the condition.";
    DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE SecurityWarning
        "A Deny with NotAction asks for a resource's or request's tag, and many services have none: their actions are not denied."
        "List the actions whose resources have tags.";
    ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE Suggestion
        "An Allow asks for a resource's or request's tag, and a service among its actions has no such tags: its actions are not allowed."
        "Allow the actions of that service in a statement without the condition.";
    MISSING_PAIRED_CONDITION_KEYS SecurityWarning
        "A private address in a VPC says little without the VPC: others have the same addresses."
        "Ask for aws:SourceVpc as well, or aws:Ec2InstanceSourceVpc.";
}

/// Keys that want another beside them.
const PAIRS: [(&str, &str); 2] =
    [("aws:VpcSourceIp", "aws:SourceVpc"), ("aws:Ec2InstanceSourcePrivateIPv4", "aws:Ec2InstanceSourceVpc")];

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        for test in &statement.tests {
            check_tags(view, statement, test, report);
            check_pair(statement, test, report);
        }
    }
}

fn check_tags(view: &View<'_>, statement: &Statement<'_>, test: &Test<'_>, report: &mut Report<'_>) {
    let (key, at) = (test.key.name.as_str(), test.key.range.start);
    let folded = key.to_ascii_lowercase();
    // Trust policies are about one action, whose tags are those of its session.
    let is_tag = ["aws:resourcetag/", "aws:requesttag/"].iter().any(|stem| folded.starts_with(stem));
    let is_null = test.written.is_some_and(|written| written.operator.name == "Null");
    if !is_tag || is_null || view.kind == crate::document::PolicyKind::Trust {
        return;
    }
    let code: &'static Code = match statement.effect {
        Some(Effect::Deny) if statement.actions.texts.is_negated => {
            let message = format!("services without {key} are not denied anything");
            return report.raise(&DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE, at, message);
        }
        Some(Effect::Deny) => &DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE,
        Some(Effect::Allow) if !statement.actions.texts.is_negated => {
            &ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
        }
        _ => return,
    };
    let mut without: Vec<&str> = statement
        .actions
        .known()
        .filter(|(service, _)| !service.knows_key(key))
        .map(|(service, _)| service.prefix)
        .collect();
    without.dedup();
    if let Some(service) = without.first() {
        let message = format!("{service} has no {key}, so that the statement says nothing about its actions");
        report.raise(code, at, message);
    }
}

fn check_pair(statement: &Statement<'_>, test: &Test<'_>, report: &mut Report<'_>) {
    let pair = PAIRS.iter().find(|(key, _)| key.eq_ignore_ascii_case(&test.key.name));
    if let Some((key, partner)) = pair.filter(|(_, partner)| !statement.has_test(partner)) {
        debug_assert!(services().global_key(partner).is_some());
        let message = format!("{key} says little without {partner}: other networks have the same addresses");
        report.raise(&MISSING_PAIRED_CONDITION_KEYS, test.key.range.start, message);
    }
}
