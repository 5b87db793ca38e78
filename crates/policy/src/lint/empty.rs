//! Elements that are there and say nothing.

use super::code::codes;
use super::report::Report;
use super::tree::{Member, Value};
use super::view::View;

codes! {
    EMPTY_ARRAY_ACTION Error
        "Action or NotAction is an empty list. Such a policy cannot be saved."
        "List an action, or leave the statement out.";
    EMPTY_ARRAY_RESOURCE Error
        "Resource or NotResource is an empty list. Such a policy cannot be saved."
        "List a resource, or leave the statement out.";
    EMPTY_ARRAY_CONDITION Error
        "A condition key has no value to compare with. Such a policy cannot be saved."
        "List a value, or leave the key out.";
    EMPTY_OBJECT_CONDITION Suggestion
        "Condition, or an operator in it, is empty and asks for nothing."
        "Leave it out.";
    EMPTY_ARRAY_PRINCIPAL Suggestion
        "A list of principals is empty and names nobody."
        "Name somebody, or leave the list out.";
    EMPTY_OBJECT_PRINCIPAL Error
        "Principal or NotPrincipal is empty. Such a policy cannot be saved."
        "Name somebody.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for member in view.statements.iter().flat_map(|statement| statement.members) {
        let (name, at) = (&member.name, member.node.range.start);
        match name.as_str() {
            "Action" | "NotAction" if member.node.is_empty_list() => {
                report.raise(&EMPTY_ARRAY_ACTION, at, format!("{name} lists nothing"));
            }
            "Resource" | "NotResource" if member.node.is_empty_list() => {
                report.raise(&EMPTY_ARRAY_RESOURCE, at, format!("{name} lists nothing"));
            }
            "Principal" | "NotPrincipal" => check_principal(member, report),
            "Condition" => check_condition(member, report),
            _ => {}
        }
    }
}

fn check_principal(member: &Member, report: &mut Report<'_>) {
    let is_empty_object = matches!(&member.node.value, Value::Map(members) if members.is_empty());
    if is_empty_object || member.node.is_empty_list() {
        let message = format!("{} names nobody", member.name);
        report.raise(&EMPTY_OBJECT_PRINCIPAL, member.node.range.start, message);
    }
    for kind in member.node.members().iter().filter(|kind| kind.node.is_empty_list()) {
        let message = format!("{} names nobody", kind.name);
        report.raise(&EMPTY_ARRAY_PRINCIPAL, kind.node.range.start, message);
    }
}

fn check_condition(member: &Member, report: &mut Report<'_>) {
    let is_empty = |member: &Member| matches!(&member.node.value, Value::Map(members) if members.is_empty());
    for empty in std::iter::once(member).chain(member.node.members()).filter(|member| is_empty(member)) {
        let fix = report.removed(&empty.range);
        let message = format!("{} asks for nothing", empty.name);
        report.raise_with(&EMPTY_OBJECT_CONDITION, empty.node.range.start, message, Some(fix));
    }
    for key in member.node.members().iter().flat_map(|operator| operator.node.members()) {
        if key.node.is_empty_list() {
            let message = format!("{} has no value to compare with", key.name);
            report.raise(&EMPTY_ARRAY_CONDITION, key.node.range.start, message);
        }
    }
}
