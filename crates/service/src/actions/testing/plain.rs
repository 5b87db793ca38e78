//! Inputs that are written down, without the shapes that a server has.

use portcullis_base::Value;

use crate::error::ApiError;
use crate::port::{Inputs, Written};

/// Takes a document's members as they are written, whatever the operation's shape.
pub struct PlainInputs;

impl Inputs for PlainInputs {
    fn read(&self, _: &str, _: &str, document: &str) -> Result<Written, ApiError> {
        let document = serde_json::from_str(document).unwrap();
        Ok(Written { input: plain(&document), region: None })
    }
}

fn plain(document: &serde_json::Value) -> Value {
    match document {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => Value::Int(number.as_i64().unwrap()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => items.iter().map(plain).collect(),
        serde_json::Value::Object(members) => {
            Value::Map(members.iter().map(|(name, held)| (name.clone(), plain(held))).collect())
        }
    }
}
