//! Allows that hand a role to a service, or make a service's own role, without saying which.

use super::code::{Code, codes};
use super::report::Report;
use super::view::{Reach, Statement, View};
use crate::document::PolicyKind;

codes! {
    PASS_ROLE_WITH_NOT_RESOURCE SecurityWarning
        "iam:PassRole is allowed for all roles but those in NotResource."
        "List the roles in Resource, or add a condition on iam:PassedToService.";
    PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE SecurityWarning
        "A wildcard in Action allows iam:PassRole for all roles but those in NotResource."
        "List the actions and, for iam:PassRole, the roles.";
    PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE SecurityWarning
        "NotAction allows iam:PassRole for all roles but those in NotResource."
        "List the actions and, for iam:PassRole, the roles.";
    PASS_ROLE_WITH_STAR_IN_RESOURCE SecurityWarning
        "iam:PassRole is allowed for every role, so that any role can be given to a service."
        "List the roles in Resource, or add a condition on iam:PassedToService.";
    PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE SecurityWarning
        "A wildcard in Action allows iam:PassRole for every role."
        "List the actions and, for iam:PassRole, the roles.";
    PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION SecurityWarning
        "NotAction allows iam:PassRole for every role."
        "List the actions and, for iam:PassRole, the roles.";
    CREATE_SLR_WITH_NOT_RESOURCE Warning
        "iam:CreateServiceLinkedRole is allowed for all roles but those in NotResource."
        "List the roles in Resource, or add a condition on iam:AWSServiceName.";
    CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE Warning
        "A wildcard in Action allows iam:CreateServiceLinkedRole for all roles but those in NotResource."
        "List the actions and, for iam:CreateServiceLinkedRole, the roles.";
    CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE Warning
        "NotAction allows iam:CreateServiceLinkedRole for all roles but those in NotResource."
        "List the actions and, for iam:CreateServiceLinkedRole, the roles.";
    CREATE_SLR_WITH_STAR_IN_RESOURCE Warning
        "iam:CreateServiceLinkedRole is allowed for every service."
        "List the roles in Resource, or add a condition on iam:AWSServiceName.";
    CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE Warning
        "A wildcard in Action allows iam:CreateServiceLinkedRole for every service."
        "List the actions and, for iam:CreateServiceLinkedRole, the roles.";
    CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION Warning
        "NotAction allows iam:CreateServiceLinkedRole for every service."
        "List the actions and, for iam:CreateServiceLinkedRole, the roles.";
}

/// An action that wants its resources named, the key that limits it otherwise, and the codes.
struct Guarded {
    action: &'static str,
    shown: &'static str,
    limiting_key: &'static str,
    /// By name, by wildcard, by NotAction.
    with_not_resource: [&'static Code; 3],
    with_star: [&'static Code; 3],
}

static GUARDED: [Guarded; 2] = [
    Guarded {
        action: "iam:passrole",
        shown: "iam:PassRole",
        limiting_key: "iam:PassedToService",
        with_not_resource: [
            &PASS_ROLE_WITH_NOT_RESOURCE,
            &PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE,
            &PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE,
        ],
        with_star: [
            &PASS_ROLE_WITH_STAR_IN_RESOURCE,
            &PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE,
            &PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION,
        ],
    },
    Guarded {
        action: "iam:createservicelinkedrole",
        shown: "iam:CreateServiceLinkedRole",
        limiting_key: "iam:AWSServiceName",
        with_not_resource: [
            &CREATE_SLR_WITH_NOT_RESOURCE,
            &CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE,
            &CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE,
        ],
        with_star: [
            &CREATE_SLR_WITH_STAR_IN_RESOURCE,
            &CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE,
            &CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION,
        ],
    },
];

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    if view.kind != PolicyKind::Identity {
        return;
    }
    for statement in view.statements.iter().filter(|statement| statement.is_allow()) {
        for guarded in &GUARDED {
            check_statement(statement, guarded, report);
        }
    }
}

fn check_statement(statement: &Statement<'_>, guarded: &Guarded, report: &mut Report<'_>) {
    let actions = &statement.actions;
    let way = match (actions.texts.is_negated, actions.reach(guarded.action)) {
        (true, None) => 2,
        (false, Some(Reach::ByName)) => 0,
        (false, Some(Reach::ByWildcard)) => 1,
        _ => return,
    };
    let resources = &statement.resources;
    let codes = if resources.is_negated {
        &guarded.with_not_resource
    } else if resources.items.iter().any(|item| is_any_role(item.text)) {
        &guarded.with_star
    } else {
        return;
    };
    let (Some(code), Some(member)) = (codes.get(way), resources.member) else { return };
    if actions.texts.items.is_empty() || statement.has_test(guarded.limiting_key) {
        return;
    }
    let message = format!("this allows {} without saying for which roles", guarded.shown);
    report.raise(code, member.node.range.start, message);
}

/// `*`, or an ARN that leaves the name of the role open altogether.
fn is_any_role(resource: &str) -> bool {
    resource == "*" || resource.splitn(6, ':').nth(5).is_some_and(|path| matches!(path, "*" | "role/*"))
}
