//! How the simulator fills in variables.

use portcullis_policy::{Context, ContextValue};

use super::edit::Reading;

/// It looks for the first closing brace, quoted or not.
pub(super) fn cut_at_first_brace(read: &mut Reading) {
    read.variable_places(&mut |text| {
        // What it finds in `${key, 'it}s'}` is the key without a default, and then the rest as text.
        while let Some((before, rest)) = text.split_once(", 'it}") {
            *text = format!("{before}}}{rest}");
        }
    });
}

/// It takes an empty value for none: the default is used, and without one, or with an empty one, it is as if the
/// text were another.
pub(super) fn without_empty_values(read: &mut Reading) {
    let context = read.case.context.clone();
    read.variable_places(&mut |text| {
        *text = replaced(text, &mut |variable| {
            let is_empty =
                matches!(context.lookup(variable.key), Some(ContextValue::One(value)) if value.is_empty());
            let default = variable.default.filter(|text| !text.is_empty());
            match (is_empty, variable.default) {
                (true, _) => Some(default.unwrap_or("no-such-text").to_owned()),
                (false, Some("")) => Some(format!("${{{}}}", variable.key)),
                (false, _) => None,
            }
        });
    });
}

/// A variable as it is written.
pub(super) struct Written<'t> {
    pub(super) key: &'t str,
    pub(super) default: Option<&'t str>,
}

/// The text with those variables replaced for which there is a replacement; the fixed ones stay.
pub(super) fn replaced(text: &str, replace: &mut dyn FnMut(&Written<'_>) -> Option<String>) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((inside, after)) = behind.split_once('}') else { break };
        done.push_str(before);
        let (key, default) = match inside.split_once(", '") {
            Some((key, default)) => (key, default.strip_suffix('\'')),
            None => (inside, None),
        };
        let is_fixed = matches!(inside, "*" | "?" | "$");
        match (!is_fixed).then(|| replace(&Written { key, default })).flatten() {
            Some(other) => done.push_str(&other),
            None => done.extend(["${", inside, "}"]),
        }
        rest = after;
    }
    done + rest
}

/// Whether a variable of the text has neither a value nor a default.
pub(super) fn is_unresolved(text: &str, context: &Context) -> bool {
    let mut found = false;
    replaced(text, &mut |variable| {
        let is_known = matches!(context.lookup(variable.key), Some(ContextValue::One(_)));
        found |= !is_known && variable.default.is_none();
        None
    });
    found
}
