//! Values as JSON in which no type is lost: bytes are `{"$blob": base64}`, instants `{"$time": milliseconds}`.
//! `values.py` writes the same form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::{Timestamp, Value};

/// The value that JSON stands for.
pub fn read(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or_default()), Value::Int)
        }
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => items.iter().map(read).collect(),
        serde_json::Value::Object(members) => {
            let blob = members.get("$blob").and_then(serde_json::Value::as_str);
            let time = members.get("$time").and_then(serde_json::Value::as_i64);
            match (blob, time) {
                (Some(text), _) => Value::Blob(STANDARD.decode(text).unwrap_or_default()),
                (_, Some(millis)) => Value::Time(Timestamp::from_millis(millis)),
                _ => Value::Map(members.iter().map(|(name, held)| (name.clone(), read(held))).collect()),
            }
        }
    }
}
