//! Decisions with their reasons, asked of a server and printed for people or for programs.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value as Json, json};

use super::error::{ClientError, printable};
use super::{Shared, client_of, ended, shown};

/// Explains a request that was made.
pub async fn request(shared: &Shared, id: &str) -> ExitCode {
    ended(asked(shared, id).await)
}

async fn asked(shared: &Shared, id: &str) -> Result<String, ClientError> {
    let client = client_of(shared)?;
    let answer = client.call("ExplainRequest", &json!({ "RequestId": id })).await?;
    shown(&client, "ExplainRequest", &answer, of_request)
}

fn text(value: &Json, name: &str) -> Option<String> {
    value.get(name).and_then(Json::as_str).map(printable)
}

fn of_request(answer: &Json) -> String {
    let field = |name: &str| text(answer, name).unwrap_or_else(|| "-".to_owned());
    let mut told = format!(
        "{} by {} from {} at {}\n",
        field("EventName"),
        field("Arn"),
        field("SourceIp"),
        field("Time")
    );
    if let Some(code) = text(answer, "ErrorCode") {
        let _ = writeln!(told, "  {code}: {}", field("ErrorMessage"));
    }
    let decisions = answer.get("Decisions").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    if decisions.is_empty() {
        told.push_str("\nIt did not come to a decision.\n");
    }
    for decision in decisions {
        let field = |name: &str| text(decision, name).unwrap_or_default();
        let _ = write!(told, "\n{} on {}\n  then  {}\n", field("Action"), field("Resource"), field("Then"));
        statements(decision.get("ThenStatements"), &mut told);
        match decision.get("Now") {
            None => told.push_str("  now   not known: the event does not tell enough to decide it again\n"),
            Some(now) => {
                let _ = writeln!(told, "  now   {}", verdict(now));
                statements(now.get("Statements"), &mut told);
                revocation(now, &mut told);
            }
        }
    }
    told
}

/// The verdict with its reason.
pub(super) fn verdict(decision: &Json) -> String {
    let because = text(decision, "Because").map(|because| format!(", {because}"));
    format!("{}{}", text(decision, "Verdict").unwrap_or_default(), because.unwrap_or_default())
}

/// The statements that decided.
pub(super) fn statements(list: Option<&Json>, told: &mut String) {
    for statement in list.and_then(Json::as_array).into_iter().flatten() {
        let field = |name: &str| text(statement, name).unwrap_or_else(|| "-".to_owned());
        let policy =
            text(statement, "Policy").unwrap_or_else(|| "a policy that is not yours to read".to_owned());
        let _ = writeln!(
            told,
            "        {} in {policy} ({}), statement {}",
            field("Effect"),
            field("Layer"),
            field("Sid")
        );
        if let Some(text) = text(statement, "Text") {
            let _ = writeln!(told, "        {text}");
        }
    }
}

/// Who cut somebody off, when and why.
pub(super) fn revocation(decision: &Json, told: &mut String) {
    let Some(said) = decision.get("Revocation") else { return };
    let field = |name: &str| text(said, name).unwrap_or_else(|| "-".to_owned());
    let _ = writeln!(
        told,
        "        revoked by {} at {}: {} ({})",
        field("RevokedBy"),
        field("Time"),
        field("Reason"),
        field("RevocationId")
    );
}
