//! Walks through the documents of a case and puts back what was changed.

use portcullis_policy::Context;
use serde_json::{Map, Value};

use crate::case::{Case, Text};

/// Changes every document.
pub(super) fn documents(case: &mut Case, change: &mut dyn FnMut(&mut Value)) {
    for text in case.documents() {
        let Text::Written(written) = text else { continue };
        let Ok(mut document) = serde_json::from_str::<Value>(written) else { continue };
        let before = document.clone();
        change(&mut document);
        if document != before {
            *written = document.to_string();
        }
    }
}

/// Changes every statement.
pub(super) fn statements(case: &mut Case, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    documents(case, &mut |document| match document.get_mut("Statement") {
        Some(Value::Array(list)) => list.iter_mut().filter_map(Value::as_object_mut).for_each(&mut *change),
        Some(Value::Object(only)) => change(only),
        _ => {}
    });
}

/// A text of the policy, in a list or alone.
pub(super) fn texts(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| texts(value, change)),
        Value::String(text) => change(text),
        _ => {}
    }
}

/// Every text of the policy in which a variable may stand: resources and values of conditions.
pub(super) fn variable_places(case: &mut Case, change: &mut dyn FnMut(&mut String)) {
    statements(case, &mut |statement| {
        for (name, value) in statement.iter_mut() {
            match (name.as_str(), value) {
                ("Resource" | "NotResource", value) => texts(value, change),
                ("Condition", Value::Object(block)) => {
                    let keys = block.values_mut().filter_map(Value::as_object_mut);
                    keys.flat_map(Map::values_mut).for_each(|values| texts(values, change));
                }
                _ => {}
            }
        }
    });
}

/// An operator as it is written, taken apart.
pub(super) struct Operator {
    /// `forallvalues:`, `foranyvalue:` or nothing.
    pub(super) prefix: String,
    /// In lower case.
    pub(super) base: String,
    /// `ifexists` or nothing.
    pub(super) suffix: &'static str,
}

impl Operator {
    pub(super) fn of(written: &str) -> Self {
        let lower = written.to_lowercase();
        let (prefix, rest) = match lower.split_once(':') {
            Some((prefix, rest)) => (format!("{prefix}:"), rest),
            None => (String::new(), lower.as_str()),
        };
        match rest.strip_suffix("ifexists") {
            Some(base) => Self { prefix, base: base.to_owned(), suffix: "ifexists" },
            None => Self { prefix, base: rest.to_owned(), suffix: "" },
        }
    }

    pub(super) fn is_negated(&self) -> bool {
        self.base.contains("not")
    }

    /// The same prefix and suffix around another operator.
    pub(super) fn with_base(&self, base: &str) -> String {
        format!("{}{base}{}", self.prefix, self.suffix)
    }
}

/// One key under one operator of a condition.
pub(super) struct Test<'t> {
    pub(super) operator: &'t Operator,
    pub(super) key: &'t str,
    pub(super) values: &'t mut Value,
    pub(super) context: &'t Context,
}

/// What is to become of a test that was looked at.
pub(super) enum Verdict {
    /// It stays, perhaps with other values.
    Stays,
    /// It moves to this operator with these values.
    Becomes(String, Value),
}

/// Looks at every test of every condition.
pub(super) fn tests(case: &mut Case, look: &mut dyn FnMut(Test<'_>) -> Verdict) {
    let context = case.context.clone();
    statements(case, &mut |statement| {
        let Some(Value::Object(block)) = statement.get_mut("Condition") else { return };
        let mut moved: Vec<(String, String, Value)> = Vec::new();
        for (name, keys) in block.iter_mut() {
            let Value::Object(keys) = keys else { continue };
            let operator = Operator::of(name);
            keys.retain(|key, values| {
                match look(Test { operator: &operator, key, values, context: &context }) {
                    Verdict::Stays => true,
                    Verdict::Becomes(operator, values) => {
                        moved.push((operator, key.clone(), values));
                        false
                    }
                }
            });
        }
        for (operator, key, values) in moved {
            put(block, &operator, key, values);
        }
        block.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    });
}

/// Adds a test under an operator, which may be there already, perhaps with this key: then both must hold, which one
/// block of one operator cannot say, so that a spelling of the operator is used that is a twin.
fn put(block: &mut Map<String, Value>, operator: &str, key: String, values: Value) {
    let twin = operator.replace("stringnotlike", "arnnotlike");
    for name in [operator, twin.as_str()] {
        let held = block.keys().find(|held| held.eq_ignore_ascii_case(name)).cloned();
        let keys =
            block.entry(held.unwrap_or_else(|| name.to_owned())).or_insert_with(|| Value::Object(Map::new()));
        let Some(keys) = keys.as_object_mut() else { continue };
        if !keys.keys().any(|held| held.eq_ignore_ascii_case(&key)) {
            keys.insert(key, values);
            return;
        }
    }
}
