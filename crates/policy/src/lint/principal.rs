//! Principal and NotPrincipal: in what form they name whom.

use super::code::codes;
use super::report::Report;
use super::tree::{Member, Value};
use super::view::{Text, View, texts};
use crate::document::{PolicyKind, aws_entry, provider_entry, service_entry};

codes! {
    PRINCIPAL_ARRAY Warning
        "Principal is a bare list of ARNs, as one of AWS's pages prints it and AWS refuses it. It is read as {\"AWS\": [...]}."
        "Write {\"AWS\": [...]}.";
    INVALID_PRINCIPAL_FORMAT Error
        "Principal is a text other than \"*\", or a list of something else than ARNs."
        "Write an object: {\"AWS\": \"arn:aws:iam::111122223333:root\"}.";
    INVALID_PRINCIPAL_KEY Error
        "A kind of principal is unknown, or none is issued here (CanonicalUser)."
        "Write AWS, Service or Federated.";
    INVALID_PRINCIPAL Error
        "A name under AWS is no account, user, role, session or unique id of one."
        "Write an account id, an ARN or \"*\".";
    INVALID_ROLE_REFERENCE Warning
        "A principal is the unique id of a role. It is what a deleted role's ARN becomes; a role of that name made later is not meant."
        "Write the role's ARN, or leave the id out if the role is gone.";
    INVALID_USER_REFERENCE Warning
        "A principal is the unique id of a user. It is what a deleted user's ARN becomes; a user of that name made later is not meant."
        "Write the user's ARN, or leave the id out if the user is gone.";
    UNSUPPORTED_WILDCARD_IN_PRINCIPAL Error
        "A principal's name has a wildcard; only \"*\" alone stands for more than one."
        "Write \"*\" with a condition on aws:PrincipalArn under ArnLike.";
    INVALID_SERVICE_PRINCIPAL_FORMAT Error
        "A name under Service is not that of an AWS service."
        "Write SERVICE.amazonaws.com.";
    FEDERATED_PRINCIPAL_NOT_SUPPORTED Error
        "A policy on a resource names an identity provider, which only trust policies do."
        "Name the sessions' role instead.";
    INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY Error
        "A name under Federated is neither the ARN of an identity provider nor the host of a well-known one."
        "Write arn:aws:iam::111122223333:saml-provider/NAME or …:oidc-provider/HOST.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    // Of the other kinds none has a Principal that could be wrong.
    if !matches!(view.kind, PolicyKind::Resource | PolicyKind::Trust) {
        return;
    }
    for statement in &view.statements {
        for member in ["Principal", "NotPrincipal"].iter().filter_map(|name| statement.member(name)) {
            check_element(view.kind, member, report);
        }
    }
}

fn check_element(kind: PolicyKind, member: &Member, report: &mut Report<'_>) {
    let node = &member.node;
    let as_object = |report: &Report<'_>| {
        Some(Report::replace(&node.range, format!("{{\"AWS\": {}}}", report.source(&node.range))))
    };
    match &node.value {
        Value::Text(text) if text != "*" => {
            let fix = aws_entry(text).and_then(|_| as_object(report));
            let message = format!("{text:?} stands where an object must: write {{\"AWS\": …}}");
            report.raise_with(&INVALID_PRINCIPAL_FORMAT, node.range.start, message, fix);
        }
        Value::List(nodes) => {
            let is_named = |node: &super::tree::Node| {
                node.text().is_some_and(|text| text.starts_with("arn:") && aws_entry(text).is_some())
            };
            if let Some(odd) = nodes.iter().find(|node| !is_named(node)) {
                let message = "a bare list is read only if all of it are ARNs of principals";
                report.raise(&INVALID_PRINCIPAL_FORMAT, odd.range.start, message);
            } else if !nodes.is_empty() {
                let fix = as_object(report);
                let message = format!(
                    "{} is a bare array, which AWS refuses; it is read as {{\"AWS\": [...]}}, the form to write",
                    member.name
                );
                report.raise_with(&PRINCIPAL_ARRAY, node.range.start, message, fix);
            }
        }
        Value::Map(members) => members.iter().for_each(|names| check_kind(kind, names, report)),
        _ => {}
    }
}

fn check_kind(kind: PolicyKind, member: &Member, report: &mut Report<'_>) {
    let names = texts(&member.node);
    match (member.name.as_str(), kind) {
        ("AWS", _) => names.iter().for_each(|name| check_aws(*name, report)),
        ("Service", _) => {
            for name in names.iter().filter(|name| service_entry(name.text).is_none()) {
                let message = format!("{:?} is not the name of an AWS service", name.text);
                report.raise(&INVALID_SERVICE_PRINCIPAL_FORMAT, name.node.range.start, message);
            }
        }
        ("Federated", PolicyKind::Trust) => {
            for name in names.iter().filter(|name| provider_entry(name.text).is_none()) {
                let message = format!("{:?} is no identity provider", name.text);
                report.raise(
                    &INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY,
                    name.node.range.start,
                    message,
                );
            }
        }
        ("Federated", _) => {
            let message = "only a role's trust policy names identity providers";
            report.raise(&FEDERATED_PRINCIPAL_NOT_SUPPORTED, member.range.start, message);
        }
        ("CanonicalUser", _) => {
            let message = "canonical user ids are not issued here, so none can be meant";
            report.raise(&INVALID_PRINCIPAL_KEY, member.range.start, message);
        }
        (unknown, _) => {
            let meant = report.nearest(unknown, ["AWS", "Service", "Federated"].into_iter());
            let fix = meant.map(|meant| Report::quoted(&member.name_range, meant));
            let message = format!("there is no kind of principals called {unknown}");
            report.raise_with(&INVALID_PRINCIPAL_KEY, member.range.start, message, fix);
        }
    }
}

fn check_aws(name: Text<'_>, report: &mut Report<'_>) {
    let at = name.node.range.start;
    if aws_entry(name.text).is_some() {
        let code = match name.text.get(..4) {
            Some("AROA") => &INVALID_ROLE_REFERENCE,
            Some("AIDA") => &INVALID_USER_REFERENCE,
            _ => return,
        };
        return report.raise(code, at, format!("{} is a unique id: write the ARN", name.text));
    }
    if name.text.contains(['*', '?']) {
        let message =
            format!("{} has a wildcard, and only \"*\" alone stands for more than one principal", name.text);
        report.raise(&UNSUPPORTED_WILDCARD_IN_PRINCIPAL, at, message);
    } else {
        let message = format!("{:?} is no account, user, role or session", name.text);
        report.raise(&INVALID_PRINCIPAL, at, message);
    }
}
