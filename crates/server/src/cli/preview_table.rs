//! A preview for eyes: who loses what, which requests turn, which parts match nobody, and what was not looked at.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::error::printable;

/// Lines about one session.
const TURNS_MAX: usize = 8;

fn text<'j>(value: &'j Json, name: &str) -> &'j str {
    value.get(name).and_then(Json::as_str).unwrap_or("-")
}

fn count(value: &Json, name: &str) -> u64 {
    value.get(name).and_then(Json::as_u64).unwrap_or(0)
}

fn list<'j>(value: &'j Json, name: &str) -> &'j [Json] {
    value.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// Rows under a head, each column as wide as its widest field.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|title| title.len()).collect();
    for row in rows {
        for (width, field) in widths.iter_mut().zip(row) {
            *width = field.chars().count().max(*width);
        }
    }
    let line = |fields: &mut dyn Iterator<Item = &str>| {
        let padded = fields.zip(&widths).map(|(field, width)| format!("{field:width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let mut told = line(&mut head.iter().copied());
    for row in rows {
        told.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    told
}

/// The whole answer.
pub fn text_of(answer: &Json) -> String {
    let mut told = sessions(answer);
    let requests = list(answer, "Requests");
    if !requests.is_empty() {
        let head = ["TIMES", "WHO", "ACTION", "RESOURCE", "NOW", "THEN", "LAST REQUEST"];
        let rows: Vec<Vec<String>> = requests.iter().map(request).collect();
        let _ = write!(told, "\nRecent requests that would be decided otherwise\n{}", table(&head, &rows));
    }
    let findings = list(answer, "Findings");
    if !findings.is_empty() {
        told.push_str("\nFindings\n");
        for finding in findings {
            let words = finding.as_str().map_or_else(|| self::finding(finding), printable);
            let _ = writeln!(told, "  {words}");
        }
    }
    let sources = list(answer, "OpenSources");
    if !sources.is_empty() {
        told.push_str("\nWhat could make new sessions, and what closes it\n");
        for source in sources {
            let [kind, id, command] = ["Kind", "Id", "Command"].map(|name| printable(text(source, name)));
            let _ = writeln!(told, "  {kind} {id}: {command}");
        }
    }
    told.push_str(&doors(answer));
    told.push_str(&summed_up(answer));
    told
}

/// The statements of other policies that go on letting the target in.
fn doors(answer: &Json) -> String {
    let mut told = String::new();
    for door in list(answer, "OpenDoors") {
        if told.is_empty() {
            told.push_str("\nOther doors that stay open, and what closes them (--close-doors closes all of this account)\n");
        }
        let actions: Vec<String> =
            list(door, "Actions").iter().filter_map(Json::as_str).map(printable).collect();
        let [kind, resource] = ["Kind", "ResourceArn"].map(|name| printable(text(door, name)));
        let _ = writeln!(told, "  {kind} of {resource}: {}", actions.join(", "));
        for name in ["Note", "Command"] {
            if door.get(name).is_some() {
                let _ = writeln!(told, "    {}", printable(text(door, name)));
            }
        }
    }
    told
}

fn finding(finding: &Json) -> String {
    let code = finding.get("Code").and_then(Json::as_str);
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    let (part, reason) = (printable(text(finding, "Part")), printable(text(finding, "Reason")));
    format!("{part}: {reason}{code}")
}

fn sessions(answer: &Json) -> String {
    let head = ["ACCESS KEY", "SESSION", "", "ACTION", "RESOURCE", "THEN"];
    let mut rows = Vec::new();
    for session in list(answer, "Sessions") {
        let name = [printable(text(session, "AccessKeyId")), printable(text(session, "Arn"))];
        let is_over = session.get("Ends") == Some(&Json::Bool(true));
        for (sign, turns, all) in [("loses", "Loses", "LosesCount"), ("gains", "Gains", "GainsCount")] {
            let shown = list(session, turns).iter().take(if is_over { 1 } else { TURNS_MAX });
            let before = rows.len();
            rows.extend(shown.map(|turn| {
                let fields = ["Action", "Resource", "After"].map(|name| printable(text(turn, name)));
                name.iter().cloned().chain([sign.to_owned()]).chain(fields).collect::<Vec<_>>()
            }));
            let more = count(session, all).saturating_sub((rows.len() - before) as u64);
            if more > 0 && !is_over {
                let fields = [sign.to_owned(), format!("and {more} more")];
                rows.push(name.iter().cloned().chain(fields).collect());
            }
        }
    }
    if rows.is_empty() {
        "No live session loses or gains anything.\n".to_owned()
    } else {
        table(&head, &rows)
    }
}

fn request(request: &Json) -> Vec<String> {
    let fields = ["Arn", "Action", "Resource", "Before", "After", "RequestId"];
    let fields = fields.map(|name| printable(text(request, name)));
    std::iter::once(count(request, "Times").to_string()).chain(fields).collect()
}

fn summed_up(answer: &Json) -> String {
    let mut told = format!(
        "\nSessions that lose or gain something: {}; that keep what they have: {}.\n",
        count(answer, "SessionsTurned"),
        count(answer, "SessionsKeeping")
    );
    for (name, words) in [
        ("SessionsNotKnown", "Sessions not known well enough to say"),
        ("SessionsNotLookedAt", "Sessions that were too many to look at"),
        ("QuestionsNotAsked", "Further actions and resources that were not asked about"),
        ("RequestsNotKnown", "Recent requests that could not be decided again"),
    ] {
        let number = count(answer, name);
        if number > 0 {
            let _ = writeln!(told, "{words}: {number}.");
        }
    }
    let _ = writeln!(
        told,
        "Recent requests that were decided again: {}, the oldest of {}.",
        count(answer, "RequestsLookedAt"),
        text(answer, "RequestsSince")
    );
    told
}
