//! Inputs to begin with, made of the cases below `corpus/`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::bodies::{FIELD_END, VALUE_END};

/// The cases of the corpus, as JSON.
pub struct Cases {
    decide: Vec<Value>,
    condition: Vec<Value>,
}

impl Cases {
    /// Reads the cases below the folder.
    pub fn read(corpus: &Path) -> Self {
        Self { decide: files(&corpus.join("decide")), condition: files(&corpus.join("condition")) }
    }

    /// Every policy document, each once.
    pub fn documents(&self) -> Vec<String> {
        let mut documents = BTreeSet::new();
        for file in &self.decide {
            for terms in std::iter::once(file).chain(cases(file)) {
                for (_, document) in documents_of(&terms["policies"]) {
                    documents.insert(document);
                }
            }
        }
        documents.into_iter().collect()
    }

    /// Every condition with its context.
    pub fn conditions(&self) -> Vec<String> {
        let mut inputs = BTreeSet::new();
        for case in self.condition.iter().flat_map(cases) {
            for (operator, keys) in case["condition"].as_object().into_iter().flatten() {
                for (key, wanted) in keys.as_object().into_iter().flatten() {
                    let found = &case["context"][key];
                    let count = match found {
                        Value::Null => "absent",
                        Value::Array(_) => "many",
                        _ => "one",
                    };
                    inputs.insert(fields(&[operator, &values(wanted), count, &values(found)]));
                }
            }
        }
        inputs.into_iter().collect()
    }

    /// The patterns and values of conditions, and the patterns and names of actions and resources.
    pub fn patterns(&self) -> Vec<String> {
        let mut inputs = BTreeSet::new();
        for case in self.condition.iter().flat_map(cases) {
            for (_, keys) in case["condition"].as_object().into_iter().flatten() {
                for (key, wanted) in keys.as_object().into_iter().flatten() {
                    inputs.insert(fields(&[&values(wanted), &values(&case["context"][key])]));
                }
            }
        }
        for case in self.decide.iter().flat_map(cases) {
            for statement in case["policies"]["identity"].as_array().into_iter().flatten() {
                for element in ["Action", "Resource"] {
                    if let Some(asked) = case[element.to_ascii_lowercase()].as_str() {
                        inputs.insert(fields(&[&values(&statement[element]), asked]));
                    }
                }
            }
        }
        inputs.into_iter().collect()
    }

    /// The policies of every decision, asked for by each of a few callers.
    pub fn decisions(&self) -> Vec<String> {
        let mut inputs = BTreeSet::new();
        for file in &self.decide {
            for case in cases(file) {
                let mut policies = file["policies"].as_object().cloned().unwrap_or_default();
                policies.extend(case["policies"].as_object().cloned().unwrap_or_default());
                // Nine callers take turns; the action is the first, the account their own.
                let choices = ["aaaa", "baaa", "caaa", "daaa", "eaaa", "faaa", "gaaa", "haaa", "iaaa"];
                let mut input = choices.into_iter().cycle().nth(inputs.len()).unwrap_or_default().to_owned();
                for (layer, document) in documents_of(&Value::Object(policies)) {
                    input.extend([FIELD_END, layer]);
                    input.push_str(&document);
                }
                inputs.insert(input);
            }
        }
        inputs.into_iter().collect()
    }
}

fn cases(file: &Value) -> impl Iterator<Item = &Value> {
    file["cases"].as_array().into_iter().flatten()
}

fn fields(fields: &[&str]) -> String {
    fields.join(&FIELD_END.to_string())
}

/// A text or a list of texts as one field.
fn values(value: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Null => String::new(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(&VALUE_END.to_string()),
        other => text(other),
    }
}

/// The documents of a case with the letters of their layers, guardrails flattened.
fn documents_of(policies: &Value) -> Vec<(char, String)> {
    let mut documents = Vec::new();
    for (layer, value) in policies.as_object().into_iter().flatten() {
        let letter = match layer.as_str() {
            "revocations" => 'v',
            "identity" => 'i',
            "boundary" => 'b',
            "session" => 's',
            "resource" => 'r',
            "trust" => 't',
            "scps" => 'c',
            _ => 'p',
        };
        let lists = match (letter, value) {
            ('v' | 'i' | 's', Value::Array(list)) => list.clone(),
            ('c' | 'p', Value::Array(levels)) => {
                levels.iter().filter_map(Value::as_array).flatten().cloned().collect()
            }
            (_, value) => vec![value.clone()],
        };
        for one in lists {
            let document = match &one {
                Value::Null | Value::String(_) => continue,
                one if one.get("Statement").is_some() => one.clone(),
                statement => json!({"Version": "2012-10-17", "Statement": statement}),
            };
            documents.push((letter, document.to_string()));
        }
    }
    documents
}

/// The case files two levels below a folder, in order.
fn files(folder: &Path) -> Vec<Value> {
    let list = |folder: &Path| {
        let entries =
            std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    list(folder)
        .iter()
        .filter(|path| path.is_dir())
        .flat_map(|rule| list(rule))
        .map(|path| {
            let text =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
        .collect()
}
