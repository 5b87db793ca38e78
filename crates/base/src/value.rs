//! The tree that stands between a protocol and an action.
//!
//! `wire` decodes a request into a [`Value`] by its shape and encodes one into a response; `service` never sees
//! XML, JSON or form data. Structures and maps are both [`Value::Map`], in order.

use crate::timestamp::Timestamp;

/// A protocol-neutral value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Explicitly nothing (JSON `null`); an absent member is simply not in its map.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of up to 64 bits.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// An instant.
    Time(Timestamp),
    /// A list.
    List(Vec<Value>),
    /// A structure or a map: member name and value, in order, each name once.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// An empty structure, to be filled with [`Value::with`].
    pub fn structure() -> Self {
        Self::Map(Vec::new())
    }

    /// Adds a member to a structure; on anything else nothing happens.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Self>) -> Self {
        self.insert(name, value);
        self
    }

    /// Adds a member if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<Self>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds or replaces a member of a structure; on anything else nothing happens.
    pub fn insert(&mut self, name: &str, value: impl Into<Self>) {
        if let Self::Map(members) = self {
            let value = value.into();
            match members.iter_mut().find(|(held, _)| held == name) {
                Some((_, held)) => *held = value,
                None => members.push((name.to_owned(), value)),
            }
        }
    }

    /// Removes a member of a structure and returns it.
    pub fn remove(&mut self, name: &str) -> Option<Self> {
        match self {
            Self::Map(members) => {
                let at = members.iter().position(|(held, _)| held == name)?;
                Some(members.remove(at).1)
            }
            _ => None,
        }
    }

    /// A member of a structure; `None` if it is absent or null, or this is no structure.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members
                .iter()
                .find(|(held, value)| held == name && *value != Self::Null)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// A member's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.member(name).and_then(Self::as_text)
    }

    /// A member's integer.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.member(name).and_then(Self::as_int)
    }

    /// A member's boolean.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.member(name).and_then(Self::as_bool)
    }

    /// A member's instant.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        match self.member(name) {
            Some(Self::Time(instant)) => Some(*instant),
            _ => None,
        }
    }

    /// A member's bytes.
    pub fn blob(&self, name: &str) -> Option<&[u8]> {
        match self.member(name) {
            Some(Self::Blob(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// A member's list; empty if it is absent.
    pub fn list(&self, name: &str) -> &[Self] {
        self.member(name).map_or(&[], Self::as_list)
    }

    /// This value's text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// This value's integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// This value's boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// This value's items; empty if it is not a list.
    pub fn as_list(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// This value's members in order; empty if it is no structure or map.
    pub fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Map(members) => members,
            _ => &[],
        }
    }

    /// Whether this is an empty structure, list or map.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Map(members) => members.is_empty(),
            _ => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<usize> for Value {
    /// Counts beyond 2^63 do not occur; they would be held at the largest integer.
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Time(instant)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items)
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<T: IntoIterator<Item = Value>>(items: T) -> Self {
        Self::List(items.into_iter().collect())
    }
}
