//! What only some kinds of policies may have.

use super::code::codes;
use super::report::Report;
use super::tree::Member;
use super::view::{Statement, View};
use crate::document::{PolicyKind, is_trust_action};

codes! {
    UNSUPPORTED_PRINCIPAL Error
        "An identity or session policy names a principal; it is about whoever it is attached to."
        "Leave the element out.";
    SCP_SYNTAX_ERROR_PRINCIPAL Error
        "A service control policy names a principal; it is about every principal of its accounts."
        "Leave the element out, and select principals with a condition on aws:PrincipalArn.";
    RCP_SYNTAX_ERROR_PRINCIPAL Error
        "A resource control policy names anybody but everybody."
        "Write \"Principal\": \"*\", and select principals with a condition on aws:PrincipalArn.";
    RCP_SYNTAX_ERROR_ALLOW Error
        "A resource control policy allows; it can only deny."
        "Write a Deny of what must not be.";
    RCP_SYNTAX_ERROR_NOTACTION Error
        "A resource control policy has NotAction."
        "List the actions in Action.";
    RCP_SYNTAX_ERROR_ACTION Error
        "An action of a resource control policy begins with a wildcard; AWS wants the service's name."
        "Write the service's prefix in front.";
    ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL Error
        "A role's trust policy has NotPrincipal."
        "Name in Principal who may assume the role.";
    ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTACTION Error
        "A role's trust policy has NotAction."
        "List the actions in Action.";
    ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE Error
        "A role's trust policy has Resource or NotResource; it is about its role."
        "Leave the element out.";
    ALLOW_WITH_NOT_PRINCIPAL Error
        "An Allow has NotPrincipal and so is for everybody else, strangers included. Such a policy cannot be saved."
        "Name in Principal who is allowed.";
    UNSUPPORTED_ACTION_IN_POLICY Error
        "A role's trust policy speaks of an action that is not about assuming the role."
        "Write sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, sts:TagSession, sts:SetSourceIdentity or sts:SetContext.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        match view.kind {
            PolicyKind::Identity | PolicyKind::Session => {
                without_principal(statement, &UNSUPPORTED_PRINCIPAL, report);
            }
            PolicyKind::Scp => without_principal(statement, &SCP_SYNTAX_ERROR_PRINCIPAL, report),
            PolicyKind::Resource => check_resource_policy(statement, report),
            PolicyKind::Trust => check_trust_policy(statement, report),
            PolicyKind::Rcp => check_rcp(statement, report),
        }
    }
}

fn prohibited(code: &'static super::Code, member: &Member, report: &mut Report<'_>) {
    let fix = report.removed(&member.range);
    let message = format!("this kind of policy has no {}", member.name);
    report.raise_with(code, member.range.start, message, Some(fix));
}

fn without_principal(statement: &Statement<'_>, code: &'static super::Code, report: &mut Report<'_>) {
    for member in ["Principal", "NotPrincipal"].iter().filter_map(|name| statement.member(name)) {
        prohibited(code, member, report);
    }
}

fn check_resource_policy(statement: &Statement<'_>, report: &mut Report<'_>) {
    if let Some(member) = statement.member("NotPrincipal").filter(|_| statement.is_allow()) {
        let message = "this allows everybody who is not listed, strangers included";
        report.raise(&ALLOW_WITH_NOT_PRINCIPAL, member.range.start, message);
    }
}

fn check_trust_policy(statement: &Statement<'_>, report: &mut Report<'_>) {
    if let Some(member) = statement.member("NotPrincipal") {
        let message = "a trust policy names in Principal who may assume the role";
        report.raise(&ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL, member.range.start, message);
    }
    if let Some(member) = statement.member("NotAction") {
        let message = "a trust policy lists its actions in Action";
        report.raise(&ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTACTION, member.range.start, message);
    }
    for member in ["Resource", "NotResource"].iter().filter_map(|name| statement.member(name)) {
        prohibited(&ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE, member, report);
    }
    for action in &statement.actions.texts.items {
        if !is_trust_action(action.text) {
            let message = format!("{} is not about assuming a role", action.text);
            report.raise(&UNSUPPORTED_ACTION_IN_POLICY, action.node.range.start, message);
        }
    }
}

fn check_rcp(statement: &Statement<'_>, report: &mut Report<'_>) {
    if let Some(member) = statement.member("Effect").filter(|_| statement.is_allow()) {
        let message = "a resource control policy can only deny";
        report.raise(&RCP_SYNTAX_ERROR_ALLOW, member.node.range.start, message);
    }
    if let Some(member) = statement.member("Principal").filter(|member| member.node.text() != Some("*")) {
        let message = "the Principal of a resource control policy must be \"*\"";
        let fix = Report::quoted(&member.node.range, "*");
        report.raise_with(&RCP_SYNTAX_ERROR_PRINCIPAL, member.node.range.start, message, Some(fix));
    }
    if let Some(member) = statement.member("NotPrincipal") {
        let message = "a resource control policy has no NotPrincipal: write \"Principal\": \"*\"";
        report.raise(&RCP_SYNTAX_ERROR_PRINCIPAL, member.range.start, message);
    }
    if let Some(member) = statement.member("NotAction") {
        let message = "a resource control policy lists its actions in Action";
        report.raise(&RCP_SYNTAX_ERROR_NOTACTION, member.range.start, message);
    }
    for action in statement.actions.texts.items.iter().filter(|action| action.text.starts_with('*')) {
        let message = "an action of a resource control policy needs its service's prefix";
        report.raise(&RCP_SYNTAX_ERROR_ACTION, action.node.range.start, message);
    }
}
