//! Policy variables: where they may stand, and in what form.

use super::code::codes;
use super::report::Report;
use super::view::{Text, View, find, texts};
use crate::document::Version;
use crate::service_data::services;
use crate::variable::Template;

codes! {
    MISPLACED_VARIABLE Warning
        "A variable stands before the fifth colon of an ARN, where none is filled in: the resource matches nothing."
        "Write that part out, or *, and use variables behind the fifth colon.";
    VARIABLE_UNSUPPORTED_IN_VERSION Error
        "A document of version 2008-10-17, or without a Version, has a variable, which is plain text there."
        "Write \"Version\": \"2012-10-17\".";
    VARIABLE_UNSUPPORTED_IN_ELEMENT Error
        "A variable stands in an action or a principal, where none is filled in."
        "Use variables in Resource and Condition.";
    EMPTY_VARIABLE Error
        "A variable names no key."
        "Write ${KEY}, or leave it out.";
    MISSING_BRACE_IN_VARIABLE Error
        "A variable has no closing brace and so is plain text."
        "Close it.";
    MISSING_QUOTE_IN_VARIABLE Error
        "The default of a variable is not in single quotes behind a comma and one space, so that it never has a value."
        "Write ${KEY, 'DEFAULT'}.";
    UNSUPPORTED_SPACE_IN_VARIABLE Error
        "A variable has spaces around its key and so never has a value."
        "Leave them out.";
    MULTIVALUED_VARIABLE Warning
        "A variable stands for a key that may have several values, and is never filled in."
        "Use the key in a condition with a set operator.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        let principal = ["Principal", "NotPrincipal"].iter().filter_map(|name| statement.member(name));
        let names = principal.flat_map(|member| {
            let below = member.node.members().iter().flat_map(|kind| texts(&kind.node));
            texts(&member.node).into_iter().chain(below)
        });
        let mut fixed: Vec<Text<'_>> = names.collect();
        fixed.extend(&statement.actions.texts.items);
        for text in fixed.iter().filter(|text| text.text.contains("${")) {
            let message = "a variable is only filled in in Resource and Condition";
            report.raise(&VARIABLE_UNSUPPORTED_IN_ELEMENT, text.node.range.start, message);
        }
        for resource in &statement.resources.items {
            check_place(view, *resource, report);
            check_text(view, *resource, report);
        }
        for value in statement.tests.iter().flat_map(|test| &test.values) {
            check_text(view, *value, report);
        }
    }
}

fn check_place(view: &View<'_>, resource: Text<'_>, report: &mut Report<'_>) {
    let template = Template::new(resource.text, view.version);
    let is_arn = resource.text.starts_with("arn:") && template.colons() >= 5;
    if is_arn && template.has_variable() && template.colons_before_variable() < 5 {
        let message =
            format!("{} matches nothing: a variable is only filled in behind the fifth colon", resource.text);
        report.raise(&MISPLACED_VARIABLE, resource.node.range.start, message);
    }
}

fn check_text(view: &View<'_>, text: Text<'_>, report: &mut Report<'_>) {
    let at = text.node.range.start;
    let Some((_, rest)) = text.text.split_once("${") else { return };
    if view.version == Version::V2008 {
        if rest.contains('}') {
            let message = "variables are plain text in a document of version 2008-10-17";
            report.raise_with(&VARIABLE_UNSUPPORTED_IN_VERSION, at, message, Some(newest_version(view)));
        }
        return;
    }
    let mut rest = rest;
    loop {
        let Some(end) = rest.find('}') else {
            let message = format!("{:?} has a variable without its closing brace", text.text);
            return report.raise(&MISSING_BRACE_IN_VARIABLE, at, message);
        };
        let inside = rest.get(..end).unwrap_or_default();
        check_variable(text, inside, report);
        match rest.get(end..).and_then(|behind| behind.split_once("${")) {
            Some((_, behind)) => rest = behind,
            None => return,
        }
    }
}

fn newest_version(view: &View<'_>) -> super::Fix {
    let newest = "2012-10-17";
    if let Some(member) = find(view.root.members(), "Version") {
        return Report::quoted(&member.node.range, newest);
    }
    let inside = view.root.range.start + 1;
    Report::replace(&(inside..inside), format!("\"Version\": \"{newest}\", "))
}

/// Looks at what stands between `${` and `}`.
fn check_variable(text: Text<'_>, inside: &str, report: &mut Report<'_>) {
    let at = text.node.range.start;
    if matches!(inside, "*" | "?" | "$") {
        return;
    }
    let (key, default) = inside.split_once(',').map_or((inside, None), |(key, rest)| (key, Some(rest)));
    let mended = |new: &str| {
        let whole = text.text.replace(&format!("${{{inside}}}"), new);
        Some(Report::quoted(&text.node.range, &whole))
    };
    if key.trim().is_empty() {
        return report.raise(&EMPTY_VARIABLE, at, "a variable names no key");
    }
    if key.trim() != key {
        let fix = if default.is_none() { mended(&format!("${{{}}}", key.trim())) } else { None };
        let message = format!("${{{inside}}} has spaces around its key");
        return report.raise_with(&UNSUPPORTED_SPACE_IN_VARIABLE, at, message, fix);
    }
    if let Some(default) = default {
        let is_quoted = default.len() >= 4 && default.starts_with(" '") && default.ends_with('\'');
        // A brace inside the quotes is not the end of the variable; where it ends is for the engine to say.
        let is_cut = default.starts_with(" '") && !default.ends_with('\'');
        if !is_quoted && !is_cut && default != " ''" {
            let bare = default.trim().trim_matches('\'');
            let fix = mended(&format!("${{{key}, '{bare}'}}"));
            let message = format!(
                "the default in ${{{inside}}} must stand in single quotes behind a comma and one space"
            );
            return report.raise_with(&MISSING_QUOTE_IN_VARIABLE, at, message, fix);
        }
    }
    if services().key(key).is_some_and(|key| key.is_multivalued) {
        let message = format!("{key} may have several values, and such a variable is never filled in");
        return report.raise(&MULTIVALUED_VARIABLE, at, message);
    }
    super::key::check_name(key, at, None, report);
}
