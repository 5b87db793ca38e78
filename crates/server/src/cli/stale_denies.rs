//! `portcullis stale-denies`: denies against sessions that no live session meets any more, with the commands that take
//! them away. It takes nothing away itself.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value as Json, json};

use super::{Asked, Shared, printable};

/// Documents on a page: the most that the interface gives.
const PAGE: u32 = 1000;

/// The flags.
#[derive(Debug, Args)]
pub struct StaleDenies {
    /// Show those as well that a live session still meets, with when the last of these ends.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    shared: Shared,
}

impl StaleDenies {
    /// The call, the first of several.
    pub(super) fn asked(self) -> Asked {
        let input = json!({ "IncludeNeeded": self.all, "MaxResults": PAGE });
        Asked {
            paged: Some("Denies"),
            table: Some(table),
            ..Asked::once(self.shared, "ListStaleDenies", input)
        }
    }
}

fn text(of: &Json, name: &str) -> String {
    of.get(name).and_then(Json::as_str).map(printable).unwrap_or_default()
}

fn items<'j>(of: &'j Json, name: &str) -> &'j [Json] {
    of.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// For eyes: each policy with its statements, and what takes them away.
fn table(answer: &Json) -> String {
    let mut told = String::new();
    for deny in items(answer, "Denies") {
        let (kind, resource, policy) = (text(deny, "Kind"), text(deny, "Resource"), text(deny, "PolicyName"));
        let _ = writeln!(told, "{}", [kind, resource, policy].join("  ").trim_end());
        for statement in items(deny, "Statements") {
            let _ = writeln!(told, "  {}", of_statement(statement));
            let _ = writeln!(told, "    {}", text(statement, "Statement"));
        }
        for command in items(deny, "Commands").iter().filter_map(Json::as_str) {
            let _ = writeln!(told, "  take it away with: {}", printable(command));
        }
    }
    if told.is_empty() {
        told.push_str("No deny could go.\n");
    }
    let left = answer.get("NotLookedAt").and_then(Json::as_u64).unwrap_or(0);
    if left > 0 {
        let _ = writeln!(told, "{left} denies were not looked at: there are too many live sessions.");
    }
    told
}

fn of_statement(statement: &Json) -> String {
    let sid = text(statement, "Sid");
    let index = statement.get("Index").and_then(Json::as_u64).unwrap_or(0);
    let name = if sid.is_empty() { format!("statement {index}") } else { format!("statement {sid}") };
    let is = |name: &str| statement.get(name).and_then(Json::as_bool) == Some(true);
    let mut words = vec![name];
    words.push(if is("IsStale") { "no live session meets it" } else { "still needed" }.to_owned());
    for (member, word) in [("Since", "since"), ("Until", "until")] {
        let at = text(statement, member);
        if !at.is_empty() {
            words.push(format!("{word} {at}"));
        }
    }
    if is("CanMatchAgain") {
        words.push("a session to come could".to_owned());
    }
    words.join(", ")
}
