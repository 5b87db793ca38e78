//! The elements of the document and of its statements: which there are, which must be there, and of what type.

use super::code::codes;
use super::report::Report;
use super::tree::{Member, Node, Value};
use super::view::{Statement, View, find};
use crate::document::{PolicyKind, STATEMENT_ELEMENTS};

codes! {
    INVALID_POLICY_ELEMENT Error
        "An element is not one of the policy language; misspelt, it would be a condition that is not there."
        "Write it as the language spells it, capitals included, or leave it out.";
    DATA_TYPE_MISMATCH Error
        "A value is not of the type that its element takes: null, a number for a text, a text for an object."
        "Write a value of the type that the message names.";
    MISSING_STATEMENT Error
        "The document has no statement."
        "Add a Statement.";
    MISSING_EFFECT Error
        "A statement does not say whether it allows or denies."
        "Add \"Effect\": \"Allow\" or \"Effect\": \"Deny\".";
    INVALID_EFFECT Error
        "Effect is neither Allow nor Deny; its case matters."
        "Write \"Allow\" or \"Deny\".";
    MISSING_ACTION Error
        "A statement has neither Action nor NotAction."
        "Add an Action.";
    MISSING_RESOURCE Error
        "A statement has neither Resource nor NotResource."
        "Add a Resource.";
    MISSING_PRINCIPAL Error
        "A statement of a policy on a resource, or of a role's trust policy, does not say whom it is about."
        "Add a Principal.";
    UNSUPPORTED_ELEMENT_COMBINATION Error
        "A statement has an element and its negation."
        "Keep one of them.";
}

/// The elements of a document.
const OF_DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    if !matches!(view.root.value, Value::Map(_)) {
        return expect("an object", view.root, report);
    }
    let members = view.root.members();
    check_names(members, &OF_DOCUMENT, report);
    if let Some(id) = find(members, "Id").filter(|id| id.node.text().is_none()) {
        expect("a string", &id.node, report);
    }
    match find(members, "Statement") {
        None => report.raise(&MISSING_STATEMENT, view.root.range.start, "the document has no Statement"),
        Some(member) if member.node.is_empty_list() => {
            report.raise(&MISSING_STATEMENT, member.node.range.start, "Statement is an empty list");
        }
        Some(member) => {
            let is_none = |node: &&Node| !matches!(node.value, Value::Map(_));
            member
                .node
                .one_or_many()
                .iter()
                .filter(is_none)
                .for_each(|node| expect("an object", node, report));
        }
    }
    for statement in &view.statements {
        check_statement(view.kind, statement, report);
    }
}

fn expect(wanted: &str, node: &Node, report: &mut Report<'_>) {
    report.raise(&DATA_TYPE_MISMATCH, node.range.start, format!("{wanted} must stand here"));
}

fn check_names(members: &[Member], known: &[&str], report: &mut Report<'_>) {
    for member in members.iter().filter(|member| !known.contains(&member.name.as_str())) {
        let free = known.iter().copied().filter(|name| find(members, name).is_none());
        let meant = report.nearest(&member.name, free);
        let message = match meant {
            Some(meant) => format!("there is no element {}; {meant} is probably meant", member.name),
            None => format!("there is no element {}", member.name),
        };
        let fix = meant.map(|meant| Report::quoted(&member.name_range, meant));
        report.raise_with(&INVALID_POLICY_ELEMENT, member.range.start, message, fix);
    }
}

fn check_statement(kind: PolicyKind, statement: &Statement<'_>, report: &mut Report<'_>) {
    let at = statement.node.range.start;
    check_names(statement.members, &STATEMENT_ELEMENTS, report);
    check_effect(statement, report);
    let element = |name: &str, negation: &str| statement.member(name).or_else(|| statement.member(negation));
    if element("Action", "NotAction").is_none() {
        report.raise(&MISSING_ACTION, at, "the statement has no Action");
    }
    if element("Resource", "NotResource").is_none() && kind != PolicyKind::Trust {
        report.raise(&MISSING_RESOURCE, at, "the statement has no Resource");
    }
    let has_principal = matches!(kind, PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Rcp);
    if element("Principal", "NotPrincipal").is_none() && has_principal {
        report.raise(&MISSING_PRINCIPAL, at, "the statement has no Principal");
    }
    for (name, negation) in
        [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")]
    {
        if let (Some(_), Some(second)) = (statement.member(name), statement.member(negation)) {
            let message = format!("{name} and {negation} exclude each other");
            report.raise(&UNSUPPORTED_ELEMENT_COMBINATION, second.range.start, message);
        }
    }
    check_types(statement, report);
}

fn check_effect(statement: &Statement<'_>, report: &mut Report<'_>) {
    let Some(member) = statement.member("Effect") else {
        return report.raise(&MISSING_EFFECT, statement.node.range.start, "the statement has no Effect");
    };
    match member.node.text() {
        Some("Allow" | "Deny") => {}
        Some(written) => {
            let meant = report.nearest(written, ["Allow", "Deny"].into_iter());
            let fix = meant.map(|meant| Report::quoted(&member.node.range, meant));
            let message = format!("Effect is Allow or Deny, not {written:?}");
            report.raise_with(&INVALID_EFFECT, member.node.range.start, message, fix);
        }
        None => expect("\"Allow\" or \"Deny\"", &member.node, report),
    }
}

fn check_types(statement: &Statement<'_>, report: &mut Report<'_>) {
    for member in statement.members {
        match member.name.as_str() {
            "Sid" if member.node.text().is_none() => expect("a string", &member.node, report),
            "Action" | "NotAction" | "Resource" | "NotResource" => expect_texts(&member.node, report),
            "Principal" | "NotPrincipal" => check_principal_types(&member.node, report),
            "Condition" => check_condition_types(&member.node, report),
            _ => {}
        }
    }
}

fn expect_texts(node: &Node, report: &mut Report<'_>) {
    for node in node.one_or_many().iter().filter(|node| node.text().is_none()) {
        expect("a string", node, report);
    }
}

fn check_principal_types(node: &Node, report: &mut Report<'_>) {
    match &node.value {
        Value::Text(_) => {}
        Value::List(_) => expect_texts(node, report),
        Value::Map(members) => members.iter().for_each(|member| expect_texts(&member.node, report)),
        _ => expect("\"*\" or an object", node, report),
    }
}

fn check_condition_types(node: &Node, report: &mut Report<'_>) {
    if !matches!(node.value, Value::Map(_)) {
        return expect("an object of operators", node, report);
    }
    for operator in node.members() {
        if !matches!(operator.node.value, Value::Map(_)) {
            expect("an object of condition keys", &operator.node, report);
        }
        for value in operator.node.members().iter().flat_map(|key| key.node.one_or_many()) {
            if value.scalar().is_none() {
                expect("a string, a number or a boolean", value, report);
            }
        }
    }
}
