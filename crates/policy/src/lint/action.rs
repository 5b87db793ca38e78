//! Action and NotAction: whether there are such actions.

use super::code::codes;
use super::report::Report;
use super::view::{Meaning, Statement, Text, View};
use crate::document::PolicyKind;
use crate::service_data::{Service, services};

codes! {
    INVALID_ACTION Error
        "There is no such action, or none of this form, or the text is not SERVICE:NAME."
        "Write the action as AWS's Service Authorization Reference has it.";
    INVALID_SERVICE_IN_ACTION Error
        "There is no service with this prefix."
        "Write the prefix as AWS's Service Authorization Reference has it.";
    WILDCARD_IN_SERVICE_NAME Suggestion
        "An action has a wildcard in place of the service, which reaches actions of that name in every service."
        "Write the service's prefix.";
    NOT_ACTION_IN_ALLOW SecurityWarning
        "An Allow has NotAction: it allows every action that is not listed, those of future services included."
        "List what is allowed in Action.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        check_negation(view, statement, report);
        let actions = &statement.actions;
        for (action, meaning) in actions.texts.items.iter().zip(&actions.meanings) {
            check_form(*action, meaning, report);
        }
    }
}

fn check_negation(view: &View<'_>, statement: &Statement<'_>, report: &mut Report<'_>) {
    let texts = &statement.actions.texts;
    let Some(member) = texts.member.filter(|_| texts.is_negated) else { return };
    let gives = matches!(view.kind, PolicyKind::Identity | PolicyKind::Resource);
    if statement.is_allow() && gives {
        let message = "this allows every action that is not listed, also of services that are yet to come";
        report.raise(&NOT_ACTION_IN_ALLOW, member.range.start, message);
    }
}

fn check_form(action: Text<'_>, meaning: &Meaning, report: &mut Report<'_>) {
    let (text, at) = (action.text, action.node.range.start);
    let (prefix, name) = text.split_once(':').unwrap_or(("", text));
    match meaning {
        Meaning::AnyService if text != "*" => {
            let message = format!("{text} reaches actions of that name in every service");
            report.raise(&WILDCARD_IN_SERVICE_NAME, at, message);
            check_name(text, name, at, report);
        }
        Meaning::Unreadable => {
            let message =
                format!("{text:?} is no action: write the service's prefix in front, as in s3:GetObject");
            report.raise(&INVALID_ACTION, at, message);
        }
        Meaning::UnknownService => {
            let meant = report.nearest(prefix, services().prefixes());
            let fix = meant.map(|meant| Report::quoted(&action.node.range, &format!("{meant}:{name}")));
            let message = match meant {
                Some(meant) => format!("there is no service {prefix}; {meant} is probably meant"),
                None => format!("there is no service {prefix}"),
            };
            report.raise_with(&INVALID_SERVICE_IN_ACTION, at, message, fix);
            check_name(text, name, at, report);
        }
        Meaning::Of(service, found) if found.is_empty() => unknown_name(action, service, name, report),
        Meaning::AnyService | Meaning::Of(..) => {}
    }
}

/// A name that no action of any service could have.
fn check_name(text: &str, name: &str, at: usize, report: &mut Report<'_>) {
    let is_in_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?' | b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(is_in_name) {
        report.raise(&INVALID_ACTION, at, format!("{text:?} is not an action"));
    }
}

fn unknown_name(action: Text<'_>, service: &Service, name: &str, report: &mut Report<'_>) {
    let at = action.node.range.start;
    if name.contains(['*', '?']) {
        let message = format!("{} has no action of the form {}", service.name, action.text);
        return report.raise(&INVALID_ACTION, at, message);
    }
    let meant = report.nearest(name, service.actions.iter().map(|action| action.name));
    let fix = meant.map(|meant| Report::quoted(&action.node.range, &format!("{}:{meant}", service.prefix)));
    let message = match meant {
        Some(meant) => format!("{} has no action {name}; {meant} is probably meant", service.name),
        None => format!("{} has no action {name:?}", service.name),
    };
    report.raise_with(&INVALID_ACTION, at, message, fix);
}
