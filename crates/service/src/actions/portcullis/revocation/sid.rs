//! Statements that a revocation writes into policies, and how they are found again: by a Sid that only it has.

use portcullis_store::record::DocumentRecord;
use serde_json::{Value as Json, json};

use crate::error::ApiError;
use crate::snapshot::Snapshot;

/// What every Sid of this product's begins with.
pub const PREFIX: &str = "PortcullisRevocation";
/// Stands between the number of the revocation and that of a further statement in the same document.
const FURTHER: char = 'n';

/// The Sid of a revocation's statement in a document; of its further ones with a number behind it.
pub fn sid(number: u64, place: usize) -> String {
    match place {
        0 => format!("{PREFIX}{number:016x}"),
        further => format!("{PREFIX}{number:016x}{FURTHER}{further}"),
    }
}

/// Whether a statement is this revocation's.
pub fn is_of(statement: &Json, number: u64) -> bool {
    let own = sid(number, 0);
    let rest = statement.get("Sid").and_then(Json::as_str).and_then(|sid| sid.strip_prefix(&own));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(FURTHER))
}

/// The text of a document with these statements behind its own; a new one where there is none.
///
/// # Errors
/// 500 when the text is no policy, which none that is stored is.
pub fn with(text: Option<&str>, statements: Vec<Json>) -> Result<String, ApiError> {
    let mut document = match text {
        None => json!({ "Version": "2012-10-17", "Statement": [] }),
        Some(text) => read(text)?,
    };
    let all = own_list(&mut document)?;
    all.extend(statements);
    Ok(document.to_string())
}

/// What is left of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// All of it: none of the statements is in it.
    All,
    /// This text.
    Some(String),
    /// Nothing: nothing else is in it.
    Nothing,
}

/// The text without this revocation's statements.
///
/// # Errors
/// 500 when the text is no policy.
pub fn without(text: &str, number: u64) -> Result<Left, ApiError> {
    let mut document = read(text)?;
    let all = own_list(&mut document)?;
    let before = all.len();
    all.retain(|statement| !is_of(statement, number));
    let (left, is_empty) = (all.len(), all.is_empty());
    if left == before {
        return Ok(Left::All);
    }
    Ok(if is_empty { Left::Nothing } else { Left::Some(document.to_string()) })
}

/// A stored document as it would be saved again now.
pub fn current(snapshot: &Snapshot, record: &DocumentRecord) -> String {
    snapshot.shown(record)
}

fn read(text: &str) -> Result<Json, ApiError> {
    serde_json::from_str(text)
        .map_err(|error| ApiError::internal(&format!("a stored policy is unreadable: {error}")))
}

/// Its statements, as a list.
fn own_list(document: &mut Json) -> Result<&mut Vec<Json>, ApiError> {
    let statement = document.get_mut("Statement");
    let statement = statement.ok_or_else(|| ApiError::internal("a stored policy has no statement"))?;
    if !statement.is_array() {
        *statement = json!([statement.take()]);
    }
    statement.as_array_mut().ok_or_else(|| ApiError::internal("a stored policy has no statements"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_taken_out_and_nothing_else() {
        let old = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
        let deny = |number, place| json!({ "Sid": sid(number, place), "Effect": "Deny" });
        let both = with(Some(old), vec![deny(1, 0), deny(1, 1), deny(0x10, 0)]).unwrap();
        let Left::Some(one) = without(&both, 1).unwrap() else { panic!("two are left") };
        assert_eq!(one.matches(PREFIX).count(), 1);
        let Left::Some(none) = without(&one, 0x10).unwrap() else { panic!("one is left") };
        let (old, none): (Json, Json) =
            (serde_json::from_str(old).unwrap(), serde_json::from_str(&none).unwrap());
        assert_eq!(none["Statement"][0], old["Statement"]);
        assert_eq!(without(&one, 1).unwrap(), Left::All, "it is gone already");
        let alone = with(None, vec![deny(1, 0)]).unwrap();
        assert_eq!(without(&alone, 1).unwrap(), Left::Nothing);
    }
}
