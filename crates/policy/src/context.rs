//! What is known about a request besides its action, resource and principal: the condition keys.
//!
//! Absent is not empty and not false: a key without a value must not be set at all, because `StringNotEquals` and
//! `Null` tell the two apart. Single and multivalued is a property of the key in the request, not of the policy
//! (AWS: "Single-valued vs. multivalued context keys").

use std::collections::BTreeMap;

use crate::key::ConditionKey;

/// The value or values of one condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// A single-valued key.
    One(String),
    /// A multivalued key; only the set operators `ForAllValues` and `ForAnyValue` reach it.
    Many(Vec<String>),
}

impl ContextValue {
    /// Every value, in order.
    pub fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// The condition keys of one request.
///
/// ```
/// use portcullis_policy::{Context, ContextValue};
/// let mut context = Context::new();
/// context.set_one("aws:username", "alice");
/// assert_eq!(context.lookup("AWS:UserName"), Some(&ContextValue::One("alice".to_owned())));
/// assert_eq!(context.lookup("aws:SourceIdentity"), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<ConditionKey, ContextValue>,
}

impl Context {
    /// A context without any key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a single-valued key; an earlier value of the key is replaced, whatever its case.
    pub fn set_one(&mut self, key: &str, value: impl Into<String>) {
        self.keys.insert(ConditionKey::new(key), ContextValue::One(value.into()));
    }

    /// Sets a multivalued key; an earlier value of the key is replaced, whatever its case.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        self.keys.insert(ConditionKey::new(key), ContextValue::Many(values));
    }

    /// Makes a key absent.
    pub fn remove(&mut self, key: &str) {
        self.keys.remove(&ConditionKey::new(key));
    }

    /// The value of a key, found without regard to case.
    pub fn lookup(&self, key: &str) -> Option<&ContextValue> {
        self.keys.get(&ConditionKey::new(key))
    }

    pub(crate) fn value(&self, key: &ConditionKey) -> Option<&ContextValue> {
        self.keys.get(key)
    }

    /// The value of a key by its name in lower case.
    pub(crate) fn folded(&self, name: &str) -> Option<&ContextValue> {
        self.keys.get(name)
    }

    /// Every key, folded to lower case, with its value, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ContextValue)> {
        self.keys.iter().map(|(key, value)| (key.as_str(), value))
    }
}
