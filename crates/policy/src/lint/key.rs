//! Condition keys: whether there are such keys, and whether requests for the actions have them.

use super::code::{Code, codes};
use super::report::Report;
use super::tree::Member;
use super::view::{Meaning, Statement, Test, View};
use crate::condition::WhenAbsent;
use crate::service_data::{Key, services};

codes! {
    INVALID_CONDITION_KEY_FORMAT Error
        "A condition key has no prefix."
        "Write PREFIX:NAME, as in aws:SourceIp.";
    INVALID_GLOBAL_CONDITION_KEY Error
        "There is no such key under aws:."
        "Write the key as AWS spells it; its case does not matter.";
    INVALID_SERVICE_CONDITION_KEY Error
        "The service has no such key, or there is no such service."
        "Write the key as AWS's Service Authorization Reference has it.";
    UNSUPPORTED_GLOBAL_CONDITION_KEY Error
        "The key aws:ARN is not supported."
        "Write aws:PrincipalArn.";
    MISSING_TAG_KEY_IN_CONDITION Error
        "A key for tags does not say which tag."
        "Write the tag's key behind a slash, as in aws:PrincipalTag/team.";
    UNSUPPORTED_ACTION_FOR_CONDITION_KEY Warning
        "No request for any of the statement's actions has this key."
        "Leave the key out, or put the actions that have it into a statement of their own.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        for test in &statement.tests {
            check_name(&test.key.name, test.key.range.start, Some(test.key), report);
            check_actions(statement, test, report);
        }
    }
}

/// Looks at a key's name; the fix renames the member, if the name is one's.
pub(super) fn check_name(name: &str, at: usize, member: Option<&Member>, report: &mut Report<'_>) {
    let Some((prefix, _)) = name.rsplit_once(':') else {
        let message = format!("{name} is no condition key: it needs a prefix, as in aws:SourceIp");
        return report.raise(&INVALID_CONDITION_KEY_FORMAT, at, message);
    };
    if services().key(name).is_some() {
        return;
    }
    let is_global = prefix.eq_ignore_ascii_case("aws");
    let service = services().service_of_keys(prefix);
    let keys: &[Key] = match service {
        _ if is_global => services().global_keys(),
        Some(service) => &service.keys,
        // The keys of an identity provider are what its tokens claim.
        None if prefix.contains('.') => return,
        None => &[],
    };
    let bare = name.strip_suffix('/').unwrap_or(name);
    let open = keys.iter().find(|key| {
        key.stem().and_then(|stem| stem.strip_suffix('/')).is_some_and(|stem| stem.eq_ignore_ascii_case(bare))
    });
    if let Some(key) = open {
        let message = format!("{name} does not say which tag: write {}", key.name);
        return report.raise(&MISSING_TAG_KEY_IN_CONDITION, at, message);
    }
    if name.eq_ignore_ascii_case("aws:arn") {
        let fix = member.map(|member| Report::quoted(&member.name_range, "aws:PrincipalArn"));
        let message = "aws:ARN is not supported: write aws:PrincipalArn";
        return report.raise_with(&UNSUPPORTED_GLOBAL_CONDITION_KEY, at, message, fix);
    }
    let code: &'static Code =
        if is_global { &INVALID_GLOBAL_CONDITION_KEY } else { &INVALID_SERVICE_CONDITION_KEY };
    let meant = nearest(name, keys, report);
    let message = match &meant {
        Some(meant) => format!("there is no condition key {name}; {meant} is probably meant"),
        None => format!("there is no condition key {name}"),
    };
    let fix = meant.zip(member).map(|(meant, member)| Report::quoted(&member.name_range, &meant));
    report.raise_with(code, at, message, fix);
}

/// The key that is probably meant, the name of its tag kept.
fn nearest(name: &str, keys: &[Key], report: &mut Report<'_>) -> Option<String> {
    let whole = keys.iter().filter(|key| key.stem().is_none()).map(|key| key.name);
    let (stem, tag) = name.split_once('/').unwrap_or((name, ""));
    if tag.is_empty() {
        return report.nearest(name, whole).map(str::to_owned);
    }
    let stems = keys.iter().filter_map(Key::stem).filter_map(|stem| stem.strip_suffix('/'));
    report.nearest(stem, stems).map(|stem| format!("{stem}/{tag}"))
}

fn check_actions(statement: &Statement<'_>, test: &Test<'_>, report: &mut Report<'_>) {
    let name = test.key.name.as_str();
    let is_loose = test.written.is_none_or(|written| written.when_absent == WhenAbsent::Holds);
    let actions = &statement.actions;
    // Keys that every request may have, and those of identity providers, are not the actions' own.
    let is_own = services().global_key(name).is_none()
        && services().key(name).is_some()
        && !name.split(':').next().is_some_and(|prefix| prefix.contains('.'));
    if is_loose || !is_own || actions.texts.is_negated || actions.meanings.is_empty() {
        return;
    }
    let mut is_known = true;
    let mut has_key = false;
    for meaning in &actions.meanings {
        match &**meaning {
            Meaning::Of(service, found) if !found.is_empty() => {
                has_key = has_key
                    || (service.knows_key(name) && found.iter().any(|action| service.has_key(action, name)));
            }
            _ => is_known = false,
        }
    }
    if is_known && !has_key {
        let message = format!("no request for these actions has {name}");
        report.raise(&UNSUPPORTED_ACTION_FOR_CONDITION_KEY, test.key.range.start, message);
    }
}
