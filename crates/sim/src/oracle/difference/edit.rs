//! Walks through the documents of a case and puts back what was changed.

use portcullis_policy::Context;
use serde_json::{Map, Value};

use crate::case::{Case, Text};

/// A case that is being rewritten, with its documents taken apart.
pub(super) struct Reading {
    pub(super) case: Case,
    /// In the order of [`Case::documents`]; `None` for those that are not written out.
    documents: Vec<Option<Value>>,
}

impl Reading {
    pub(super) fn of(case: &Case) -> Self {
        let mut case = case.clone();
        let parsed = case.documents().into_iter().map(|text| match text {
            Text::Written(written) => serde_json::from_str(written).ok(),
            Text::FullAccess | Text::Unreadable => None,
        });
        let documents = parsed.collect();
        Self { case, documents }
    }

    /// The case as it reads now.
    pub(super) fn finish(mut self) -> Case {
        for (text, document) in self.case.documents().into_iter().zip(self.documents) {
            if let Some(document) = document {
                *text = Text::Written(document.to_string());
            }
        }
        self.case
    }

    /// Changes the case itself, its layers included.
    pub(super) fn change_case(&mut self, change: &mut dyn FnMut(&mut Case)) {
        let documents = std::mem::take(&mut self.documents);
        let mut case = Self { case: self.case.clone(), documents }.finish();
        change(&mut case);
        *self = Self::of(&case);
    }

    /// Changes every document.
    pub(super) fn documents(&mut self, change: &mut dyn FnMut(&mut Value)) {
        self.documents.iter_mut().flatten().for_each(change);
    }

    /// Changes every statement.
    pub(super) fn statements(&mut self, change: &mut dyn FnMut(&mut Map<String, Value>)) {
        self.documents(&mut |document| match document.get_mut("Statement") {
            Some(Value::Array(list)) => {
                list.iter_mut().filter_map(Value::as_object_mut).for_each(&mut *change);
            }
            Some(Value::Object(only)) => change(only),
            _ => {}
        });
    }

    /// Changes every text in which a variable may stand: resources and values of conditions.
    pub(super) fn variable_places(&mut self, change: &mut dyn FnMut(&mut String)) {
        self.statements(&mut |statement| {
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

    /// Looks at every test of every condition.
    pub(super) fn tests(&mut self, look: &mut dyn FnMut(Test<'_>) -> Verdict) {
        let context = self.case.context.clone();
        self.statements(&mut |statement| {
            let Some(Value::Object(block)) = statement.get_mut("Condition") else { return };
            let mut moved: Vec<(String, String, Value)> = Vec::new();
            for (name, keys) in block.iter_mut() {
                let Value::Object(keys) = keys else { continue };
                let operator = Operator::of(name);
                keys.retain(|key, values| {
                    match look(Test { operator: &operator, key, values, context: &context }) {
                        Verdict::Stays => return true,
                        Verdict::Becomes(other, values) => moved.push((other, key.clone(), values)),
                        Verdict::AsksFor(other) => moved.push((name.clone(), other, values.take())),
                    }
                    false
                });
            }
            for (operator, key, values) in moved {
                put(block, &operator, key, values);
            }
            block.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
        });
    }
}

/// A text of the policy, in a list or alone.
pub(super) fn texts(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| texts(value, change)),
        Value::String(text) => change(text),
        _ => {}
    }
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
    /// It asks the same of another key.
    AsksFor(String),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    #[test]
    fn what_nobody_changes_stays_as_it_is_written() {
        for seed in 0..2_000 {
            let case = Case::of(Profile::Comparable, seed);
            assert_eq!(Reading::of(&case).finish(), case, "seed {seed}");
        }
    }
}
