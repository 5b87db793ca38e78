//! Trust policies: whether those who are named can assume the role by the actions that are listed.

use super::code::codes;
use super::report::Report;
use super::view::{Statement, View};
use crate::document::PolicyKind;

codes! {
    ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL Error
        "A role's trust policy has \"Principal\": \"*\", which names services and strangers without credentials as well."
        "Write {\"AWS\": \"*\"} with a condition, or name who may assume the role.";
    ROLE_TRUST_POLICY_ALLOWS_EVERYONE SecurityWarning
        "Everybody, of any account, may assume the role, and no condition limits it."
        "Name who may, or add a condition on aws:PrincipalOrgID, aws:PrincipalArn or sts:ExternalId.";
    MISMATCHED_ACTION_FOR_PRINCIPAL Error
        "None of the actions is one that a principal of this kind can use to assume the role."
        "sts:AssumeRole goes with AWS and Service, sts:AssumeRoleWithSAML with a SAML provider, sts:AssumeRoleWithWebIdentity with any other.";
    MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY Error
        "IAM Roles Anywhere tags its sessions and sets their source identity, and the statement allows it not."
        "Allow sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity.";
    MISSING_ACTION_FOR_CONDITION_KEY Error
        "A condition asks for session tags or a source identity, and the action that may set them is not listed."
        "List sts:TagSession, or sts:SetSourceIdentity, as well.";
    MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL SecurityWarning
        "An identity provider may let anybody who has a token of it assume the role: no condition asks for a claim of the token."
        "Add a condition on PROVIDER:aud or PROVIDER:sub.";
    MISSING_GITHUB_REPO_CONDITION_KEY SecurityWarning
        "GitHub Actions runs for everybody, and no condition asks for which repository it does."
        "Add a condition on token.actions.githubusercontent.com:sub that names the repository.";
    SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED Warning
        "The condition on GitHub's subject leaves the repository open."
        "Name the repository: repo:OWNER/NAME:ref:refs/heads/BRANCH.";
}

const GITHUB: &str = "token.actions.githubusercontent.com";

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    if view.kind != PolicyKind::Trust {
        return;
    }
    for statement in &view.statements {
        check_everyone(statement, report);
        check_actions(statement, report);
        check_roles_anywhere(statement, report);
        check_providers(statement, report);
        check_keys(statement, report);
    }
}

fn check_everyone(statement: &Statement<'_>, report: &mut Report<'_>) {
    let Some(member) = statement.member("Principal").filter(|_| statement.is_allow()) else { return };
    let at = member.node.range.start;
    if member.node.text() == Some("*") {
        let fix = Report::replace(&member.node.range, r#"{"AWS": "*"}"#);
        let message = "\"*\" stands for services and strangers as well: write {\"AWS\": \"*\"}";
        report.raise_with(&ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, at, message, Some(fix));
    }
    if statement.names_everyone() && statement.tests.is_empty() {
        let message = "everybody, of any account, may assume this role";
        report.raise(&ROLE_TRUST_POLICY_ALLOWS_EVERYONE, at, message);
    }
}

fn check_actions(statement: &Statement<'_>, report: &mut Report<'_>) {
    let allows = |action: &str| statement.actions.reach(action).is_some();
    let assumes = ["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];
    let is_about_assuming = assumes.iter().any(|action| allows(action));
    if !statement.is_allow() || !is_about_assuming || statement.actions.texts.is_negated {
        return;
    }
    for (kind, usual) in [("AWS", "sts:AssumeRole"), ("Service", "sts:AssumeRole"), ("Federated", "")] {
        for name in statement.principals(kind) {
            let action = match usual {
                "" if name.text.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
                "" => "sts:AssumeRoleWithWebIdentity",
                usual => usual,
            };
            if !allows(&action.to_ascii_lowercase()) {
                let message = format!("{} assumes a role by {action}, which is not listed", name.text);
                report.raise(&MISMATCHED_ACTION_FOR_PRINCIPAL, name.node.range.start, message);
            }
        }
    }
}

fn check_roles_anywhere(statement: &Statement<'_>, report: &mut Report<'_>) {
    let principals = statement.principals("Service");
    let named = principals.iter().find(|name| name.text == "rolesanywhere.amazonaws.com");
    let Some(named) = named.filter(|_| statement.is_allow()) else { return };
    let missing: Vec<&str> = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
        .into_iter()
        .filter(|action| statement.actions.reach(&action.to_ascii_lowercase()).is_none())
        .collect();
    if !missing.is_empty() {
        let message = format!("IAM Roles Anywhere needs {} as well", missing.join(" and "));
        report.raise(&MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY, named.node.range.start, message);
    }
}

/// Session tags and a source identity are only taken from whoever may set them.
fn check_keys(statement: &Statement<'_>, report: &mut Report<'_>) {
    if !statement.is_allow() || statement.actions.texts.is_negated {
        return;
    }
    for test in &statement.tests {
        let folded = test.key.name.to_ascii_lowercase();
        let action = match folded.as_str() {
            "sts:sourceidentity" => "sts:SetSourceIdentity",
            "aws:tagkeys" | "sts:transitivetagkeys" => "sts:TagSession",
            key if key.starts_with("aws:requesttag/") => "sts:TagSession",
            _ => continue,
        };
        if statement.actions.reach(&action.to_ascii_lowercase()).is_none() {
            let message = format!("{} is only there where {action} is among the actions", test.key.name);
            report.raise(&MISSING_ACTION_FOR_CONDITION_KEY, test.key.range.start, message);
        }
    }
}

fn check_providers(statement: &Statement<'_>, report: &mut Report<'_>) {
    for named in statement.principals("Federated").iter().filter(|_| statement.is_allow()) {
        let host = named.text.split_once(":oidc-provider/").map_or(named.text, |(_, host)| host);
        if host.contains(":saml-provider/") {
            continue;
        }
        let host = host.to_ascii_lowercase();
        let claims = || {
            let keys = statement.tests.iter().map(|test| (test, test.key.name.to_ascii_lowercase()));
            keys.filter(|(_, key)| key.strip_prefix(&host).is_some_and(|claim| claim.starts_with(':')))
        };
        let subjects = claims().filter(|(_, key)| key.ends_with(":sub"));
        let at = named.node.range.start;
        if claims().next().is_none() {
            let message = format!(
                "anybody with a token of {host} may assume this role: ask for {host}:aud or {host}:sub"
            );
            report.raise(&MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL, at, message);
        }
        if host != GITHUB {
            continue;
        }
        let subjects: Vec<_> = subjects.flat_map(|(test, _)| &test.values).collect();
        if subjects.is_empty() {
            let message = format!("any repository may assume this role: add a condition on {GITHUB}:sub");
            report.raise(&MISSING_GITHUB_REPO_CONDITION_KEY, at, message);
        }
        for subject in subjects.iter().filter(|subject| !names_repository(subject.text)) {
            let message = format!("{:?} leaves the repository open", subject.text);
            report.raise(&SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED, subject.node.range.start, message);
        }
    }
}

/// `repo:OWNER/NAME:…`
fn names_repository(subject: &str) -> bool {
    let name = subject.strip_prefix("repo:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
    name.split_once('/').is_some_and(|(owner, name)| {
        !owner.is_empty() && !owner.contains(['*', '?']) && !name.is_empty() && !name.starts_with(['*', '?'])
    })
}
