//! `ContextEntries`: condition keys with values of a type.

use std::collections::BTreeSet;

use portcullis_base::Value;
use portcullis_policy::{Context, ValueType};

use crate::error::ApiError;

/// `ContextKeyTypeEnum`: the word, the type of each value, and whether there can be several.
const TYPES: [(&str, ValueType, bool); 12] = [
    ("string", ValueType::Text, false),
    ("stringList", ValueType::Text, true),
    ("numeric", ValueType::Number, false),
    ("numericList", ValueType::Number, true),
    ("boolean", ValueType::Bool, false),
    ("booleanList", ValueType::Bool, true),
    ("ip", ValueType::Address, false),
    ("ipList", ValueType::Address, true),
    ("binary", ValueType::Binary, false),
    ("binaryList", ValueType::Binary, true),
    ("date", ValueType::Date, false),
    ("dateList", ValueType::Date, true),
];

/// Adds the entries of the input; they take the place of what is there.
///
/// # Errors
/// `InvalidInput` for an entry that is not whole, a value that is not of its type, and a key that is given twice.
pub fn add_entries(input: &Value, context: &mut Context) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for entry in input.list("ContextEntries") {
        let absent = |member: &str| ApiError::invalid_input(format!("A context entry has no {member}."));
        let name = entry.text("ContextKeyName").ok_or_else(|| absent("ContextKeyName"))?;
        let kind = entry.text("ContextKeyType").ok_or_else(|| absent("ContextKeyType"))?;
        let invalid = |what: &str| ApiError::invalid_input(format!("Invalid context entry {name}: {what}."));
        if !name.contains(':') {
            return Err(invalid("a key begins with a service, such as aws:SourceIp"));
        }
        if !seen.insert(name.to_lowercase()) {
            return Err(invalid("the key is given twice"));
        }
        let known = TYPES.iter().find(|(word, ..)| *word == kind);
        let (_, of_type, is_list) = known.ok_or_else(|| invalid("its type is unknown"))?;
        let values: Vec<&str> = entry.list("ContextKeyValues").iter().filter_map(Value::as_text).collect();
        if let Some(value) = values.iter().find(|value| !of_type.fits(value)) {
            return Err(invalid(&format!("{value:?} is not a value of type {kind}")));
        }
        match (is_list, values.as_slice()) {
            (true, values) => {
                context.set_many(name, values.iter().map(|value| (*value).to_owned()).collect());
            }
            (false, [value]) => context.set_one(name, *value),
            (false, _) => return Err(invalid(&format!("the type {kind} has exactly one value"))),
        }
    }
    Ok(())
}
