//! A policy before any language: what it says, from which the text for every contestant is made.
//!
//! The AWS text is made here, because two contestants read it; the others translate the statements themselves, each as
//! a user of that engine would well do it.

use portcullis_base::Timestamp;
use serde_json::{Map, Value, json};

/// A condition, by what it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The caller's `aws:userid` is one of these.
    UserIn(Vec<String>),
    /// The caller is a session of one of these roles, by id: `aws:userid` is like `ID:*`.
    RoleIn(Vec<String>),
    /// `aws:SourceIp` lies in one of these networks.
    SourceIn(Vec<String>),
    /// `aws:SecureTransport` is this.
    Secure(bool),
    /// `aws:TokenIssueTime` lies before this second.
    IssuedBefore(i64),
    /// The caller's tag has this value.
    Tag(String, String),
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whether it denies.
    pub denies: bool,
    /// Names, or names with a star at the end.
    pub actions: Vec<String>,
    /// ARNs; with a star at the end, or `*needle*` behind the fifth colon, or nothing but a star.
    pub resources: Vec<String>,
    /// All of these must hold.
    pub tests: Vec<Test>,
}

/// A policy with its AWS text.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What it says.
    pub statements: Vec<Statement>,
    /// What it says, in AWS's language.
    pub text: String,
}

impl Policy {
    /// The policy of these statements.
    pub fn new(statements: Vec<Statement>) -> Self {
        let shown: Vec<Value> = statements.iter().map(aws_statement).collect();
        let text = json!({"Version": "2012-10-17", "Statement": shown}).to_string();
        Self { statements, text }
    }
}

impl Test {
    /// The condition key that is looked at.
    pub fn key(&self) -> String {
        match self {
            Self::UserIn(_) | Self::RoleIn(_) => "aws:userid".to_owned(),
            Self::SourceIn(_) => "aws:SourceIp".to_owned(),
            Self::Secure(_) => "aws:SecureTransport".to_owned(),
            Self::IssuedBefore(_) => "aws:TokenIssueTime".to_owned(),
            Self::Tag(key, _) => format!("aws:PrincipalTag/{key}"),
        }
    }

    fn aws(&self) -> (&'static str, Value) {
        match self {
            Self::UserIn(ids) => ("StringEquals", json!(ids)),
            Self::RoleIn(ids) => {
                ("StringLike", ids.iter().map(|id| Value::from(format!("{id}:*"))).collect())
            }
            Self::SourceIn(networks) => ("IpAddress", json!(networks)),
            Self::Secure(wanted) => ("Bool", Value::from(wanted.to_string())),
            Self::IssuedBefore(second) => {
                ("DateLessThan", Value::from(Timestamp::from_seconds(*second).iso_seconds()))
            }
            Self::Tag(_, value) => ("StringEquals", json!(value)),
        }
    }
}

fn aws_statement(statement: &Statement) -> Value {
    let mut shown = Map::new();
    shown.insert("Effect".to_owned(), json!(if statement.denies { "Deny" } else { "Allow" }));
    shown.insert("Action".to_owned(), json!(statement.actions));
    shown.insert("Resource".to_owned(), json!(statement.resources));
    if !statement.tests.is_empty() {
        let mut block = Map::new();
        for test in &statement.tests {
            let (operator, values) = test.aws();
            let keys = block.entry(operator).or_insert_with(|| json!({}));
            if let Some(keys) = keys.as_object_mut() {
                keys.insert(test.key(), values);
            }
        }
        shown.insert("Condition".to_owned(), Value::Object(block));
    }
    Value::Object(shown)
}

/// The forms that resource patterns take here. A user of an engine without ARN patterns tells them apart when the
/// policy changes, not at each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// `*`
    Any,
    /// This very ARN.
    Exact(&'a str),
    /// `…*`
    Prefix(&'a str),
    /// `arn:…:*needle*`: the part before the first star, and the needle.
    Contains(&'a str, &'a str),
}

impl<'a> Form<'a> {
    /// Tells the form of a pattern.
    pub fn of(pattern: &'a str) -> Self {
        if pattern == "*" {
            return Self::Any;
        }
        let Some((before, behind)) = pattern.split_once('*') else { return Self::Exact(pattern) };
        match behind.strip_suffix('*') {
            None if behind.is_empty() => Self::Prefix(before),
            Some(needle) if !needle.contains('*') => Self::Contains(before, needle),
            _ => panic!("no workload has patterns like {pattern}"),
        }
    }
}
