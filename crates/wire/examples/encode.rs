//! Encodes answers for `tests/golden/answers.py`: lines of JSON with a service, an operation and an output on standard
//! input, the same lines with status, headers and body on standard output.

use std::io::BufRead as _;

use portcullis_wire::protocol::{encode, model};
use portcullis_wire::route::Routed;

#[path = "../tests/golden/typed_json.rs"]
mod typed_json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in std::io::stdin().lock().lines() {
        let mut row: serde_json::Value = serde_json::from_str(&line?)?;
        let word = |name: &str| row.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let model = model(word("service")).ok_or("no such service")?;
        let operation = model.operation(word("operation")).ok_or("no such operation")?;
        let routed = Routed { model, operation, labels: Vec::new(), parameters: Vec::new() };
        let output = typed_json::read(row.get("value").ok_or("no value")?);
        let response = encode(&routed, &output, "4442587FB7D0A2F9");
        let members = row.as_object_mut().ok_or("not an object")?;
        members.insert("status".into(), response.status.into());
        members.insert("headers".into(), serde_json::to_value(&response.headers)?);
        members.insert("body".into(), String::from_utf8(response.body)?.into());
        println!("{row}");
    }
    Ok(())
}
