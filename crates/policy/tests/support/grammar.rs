//! Asks the parser what it accepts and what it refuses, and how.

use portcullis_policy::{PolicyKind, parse};
use serde_json::{Value, json};

/// The message and position of the refusal.
pub fn refusal(text: &str, kind: PolicyKind) -> (String, u32, u32) {
    match parse(text, kind) {
        Ok(_) => panic!("accepted as {kind:?}: {text}"),
        Err(error) => {
            assert_eq!(error.to_string(), error.message);
            (error.message, error.line, error.column)
        }
    }
}

/// Asserts that such a statement is refused: the message begins with the wording and holds the detail.
pub fn assert_refused(kind: PolicyKind, statement: &Value, wording: &str, detail: &str) {
    let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let (message, _, _) = refusal(&text, kind);
    assert!(message.starts_with(wording), "{text}: {message}");
    assert!(message.contains(detail), "{text}: {message}");
}

/// Asserts that such a statement may be saved.
pub fn assert_accepted(kind: PolicyKind, statement: &Value) {
    let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    if let Err(error) = parse(&text, kind) {
        panic!("{error}: {text}");
    }
}
