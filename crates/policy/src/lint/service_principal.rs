//! AWS services as principals: they act for anybody's resources, and they are no principals of an account.

use super::code::codes;
use super::report::Report;
use super::view::{Statement, View};
use crate::document::PolicyKind;

codes! {
    RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL SecurityWarning
        "A policy on a resource allows an AWS service, which may act for resources of any account."
        "Add a condition on aws:SourceArn, aws:SourceAccount, aws:SourceOrgID or aws:SourceOrgPaths.";
    UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL Error
        "A condition asks for a key that calls of an AWS service never have, and only services are named."
        "Ask for aws:SourceAccount, aws:SourceOrgID or aws:SourceArn instead.";
}

/// The keys that say for which resource a service calls.
const SOURCES: [&str; 4] = ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"];

/// The keys that say something about a principal of an account.
const OF_PRINCIPALS: [&str; 6] = [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:userid",
    "aws:username",
];

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        let services = statement.principals("Service");
        let Some(first) = services.first().filter(|_| statement.is_allow()) else { continue };
        let has_source = statement.tests.iter().any(|test| {
            let key = &test.key.name;
            SOURCES.iter().any(|source| source.eq_ignore_ascii_case(key))
        });
        if view.kind == PolicyKind::Resource && !has_source {
            let message = format!(
                "{} may act for anybody's resource: add a condition on aws:SourceArn or aws:SourceAccount",
                first.text
            );
            report.raise(&RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL, first.node.range.start, message);
        }
        if names_services_only(statement) {
            check_keys(statement, report);
        }
    }
}

fn names_services_only(statement: &Statement<'_>) -> bool {
    let members = statement.member("Principal").map(|member| member.node.members()).unwrap_or_default();
    members.iter().all(|member| member.name == "Service")
}

fn check_keys(statement: &Statement<'_>, report: &mut Report<'_>) {
    for test in &statement.tests {
        let key = &test.key.name;
        let is_of_principals = OF_PRINCIPALS.iter().any(|known| known.eq_ignore_ascii_case(key))
            || key.to_ascii_lowercase().starts_with("aws:principaltag/");
        if is_of_principals {
            let message = format!("a call of an AWS service has no {key}");
            report.raise(&UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL, test.key.range.start, message);
        }
    }
}
