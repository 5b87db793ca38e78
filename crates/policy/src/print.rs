//! A document as JSON again: the canonical text of what it says.
//!
//! Reading what is printed gives a document that decides alike, and printing that gives the same text. Spellings are
//! evened out: the version is the newer one with `$` escaped where the older had none to escape, dates are in UTC,
//! ranges are masked, a single value stands without its list. Principals stand as they were written; a document that
//! was bound to unique ids has to be bound again.
//!
//! ```
//! use portcullis_policy::{PolicyKind, parse};
//! let text = r#"{"Statement": [{"Action": ["s3:Get*"], "Resource": "*", "Effect": "Deny"}]}"#;
//! let document = parse(text, PolicyKind::Identity).unwrap().document;
//! let printed = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}]}"#;
//! assert_eq!(document.to_string(), printed);
//! ```

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::condition::{Condition, Operand};
use crate::document::{Clause, Document, Effect, Statement};
use crate::principal_match::Entry;

/// Compact, or with `{:#}` on lines of its own.
impl fmt::Display for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut document = Map::new();
        document.insert("Version".to_owned(), Value::from("2012-10-17"));
        document.insert("Statement".to_owned(), self.statements().iter().map(statement).collect());
        let document = Value::Object(document);
        if out.alternate() { write!(out, "{document:#}") } else { write!(out, "{document}") }
    }
}

fn statement(statement: &Statement) -> Value {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if let Some(sid) = statement.sid() {
        put("Sid", Value::from(sid));
    }
    put(
        "Effect",
        Value::from(match statement.effect() {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }),
    );
    if let Some(clause) = &statement.principal {
        put(name_of(clause, "Principal", "NotPrincipal"), principals(clause.items()));
    }
    put(name_of(&statement.action, "Action", "NotAction"), one_or_many(statement.action_patterns()));
    if let Some(clause) = &statement.resource {
        let patterns = clause.items().iter().map(super::document::ResourcePattern::print);
        put(name_of(clause, "Resource", "NotResource"), one_or_many(patterns));
    }
    if statement.is_conditional() {
        put("Condition", Value::Object(conditions(&statement.conditions)));
    }
    Value::Object(members)
}

fn name_of<T>(clause: &Clause<T>, name: &'static str, negation: &'static str) -> &'static str {
    match clause {
        Clause::Listed(_) => name,
        Clause::AllBut(_) => negation,
    }
}

fn one_or_many(texts: impl Iterator<Item = impl Into<String>>) -> Value {
    let mut texts: Vec<Value> = texts.map(|text| Value::String(text.into())).collect();
    match texts.pop() {
        Some(only) if texts.is_empty() => only,
        last => {
            texts.extend(last);
            Value::Array(texts)
        }
    }
}

fn principals(entries: &[Entry]) -> Value {
    if entries == [Entry::Everyone] {
        return Value::from("*");
    }
    let mut kinds = Map::new();
    for kind in ["AWS", "Service", "Federated"] {
        let names: Vec<String> =
            entries.iter().map(written).filter(|(of, _)| *of == kind).map(|(_, name)| name).collect();
        if !names.is_empty() {
            kinds.insert(kind.to_owned(), one_or_many(names.into_iter()));
        }
    }
    // An empty list names nobody and is a Principal all the same.
    if kinds.is_empty() {
        kinds.insert("AWS".to_owned(), Value::Array(Vec::new()));
    }
    Value::Object(kinds)
}

/// The kind and the name of a principal.
fn written(entry: &Entry) -> (&'static str, String) {
    match entry {
        Entry::Everyone => ("AWS", "*".to_owned()),
        Entry::Account(account) => ("AWS", account.to_string()),
        Entry::Id(id) => ("AWS", id.to_string()),
        Entry::Named { arn, .. } | Entry::Nobody(arn) | Entry::Session(arn) => ("AWS", arn.clone()),
        Entry::Service(name) => ("Service", name.clone()),
        Entry::Provider(name) => ("Federated", name.clone()),
    }
}

/// Operators in the order in which they first stand, below them their keys.
fn conditions(conditions: &[Condition]) -> Map<String, Value> {
    let mut operators: Map<String, Value> = Map::new();
    for condition in conditions {
        let keys = operators.entry(condition.written.to_string()).or_insert_with(|| Map::new().into());
        if let Value::Object(keys) = keys {
            let values = condition.operands.iter().filter_map(operand);
            keys.insert(condition.key.as_str().to_owned(), one_or_many(values));
        }
    }
    operators
}

fn operand(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Text(template) => Some(template.print()),
        Operand::Arn(arn) => Some(arn.template().print()),
        Operand::Number(number) => Some(number.to_string()),
        Operand::Instant(instant) => Some(instant.to_string()),
        Operand::Bytes(bytes) => Some(STANDARD.encode(bytes)),
        Operand::Network(network) => Some(network.to_string()),
        Operand::Absent(is_absent) => Some(is_absent.to_string()),
        // Follows from the role's id beside it.
        Operand::RoleSessions(_) => None,
    }
}
