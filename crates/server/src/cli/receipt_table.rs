//! Receipts for eyes: a table of many, or one on a screen, as it would stand in the report of an incident.

use serde_json::{Value as Json, json};

use super::session_table::{field, items, table, text};

/// The columns of the table: what stands above, and the member.
const COLUMNS: [(&str, &str); 8] = [
    ("RECEIPT", "ReceiptId"),
    ("STATE", "State"),
    ("REVOKED", "Time"),
    ("ENDED", "EndedAt"),
    ("TARGET", "Target"),
    ("BY", "RevokedBy"),
    ("HIT", "SessionsHitCount"),
    ("DESCENDANTS", "DescendantsCount"),
];
/// Sessions that are named of each sort.
const NAMED_MAX: usize = 8;
/// Where the second column begins.
const WIDTH: usize = 15;

/// A table, a receipt in each line.
pub fn list(answer: &Json) -> String {
    let rows = items(answer, "Receipts").iter().map(|receipt| {
        let mut row = receipt.clone();
        if let Some(held) = row.get_mut("Target") {
            *held = json!(target(receipt));
        }
        row
    });
    table(COLUMNS, &rows.collect::<Vec<_>>())
}

/// Everything about one that a person must know.
pub fn one(answer: &Json) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: String| lines.push(format!("{name:WIDTH$}{value}"));
    line("Receipt", field(answer, "ReceiptId"));
    line("State", state(answer));
    line("Target", target(answer));
    line("Revoked", format!("{} by {}", field(answer, "Time"), field(answer, "RevokedBy")));
    line("", format!("at revision {}, event {}", field(answer, "Revision"), field(answer, "EventId")));
    for (name, member) in [("Reason", "Reason"), ("Issued before", "IssuedBefore"), ("Account", "AccountId")]
    {
        if answer.get(member).is_some() {
            line(name, field(answer, member));
        }
    }
    for (name, list, count) in [
        ("Sessions hit", "SessionsHit", "SessionsHitCount"),
        ("Descendants", "Descendants", "DescendantsCount"),
    ] {
        let all = answer.get(count).and_then(Json::as_u64).unwrap_or_default();
        line(name, all.to_string());
        let named = items(answer, list).iter().take(NAMED_MAX);
        let shown = u64::try_from(named.len()).unwrap_or_default();
        for hit in named {
            line("", session(hit));
        }
        if all > shown {
            line("", format!("and {} more; see --output json", all - shown));
        }
    }
    line("Last allowed", request(answer, "LastAllowed"));
    line("First denied", request(answer, "FirstDenied"));
    line("Allowed since", since(answer));
    for seen in items(answer, "AllowedSinceRequests") {
        line("", event(seen));
    }
    for node in items(answer, "Nodes") {
        let (id, revision, time) = (field(node, "Id"), field(node, "Revision"), field(node, "Time"));
        line("Node", format!("{id} at revision {revision}, {time}"));
    }
    for source in items(answer, "OpenSources") {
        line(
            "Still open",
            format!("{} {}  {}", field(source, "Kind"), field(source, "Id"), field(source, "Arn")),
        );
        line("", format!("close it with: {}", field(source, "Command")));
    }
    for door in items(answer, "OpenDoors") {
        line("Open door", format!("{} of {}", field(door, "Kind"), field(door, "ResourceArn")));
        if door.get("Command").is_some() {
            line("", format!("close it with: {}", field(door, "Command")));
        }
    }
    for finding in items(answer, "Findings") {
        line("Note", text(finding));
    }
    lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn state(answer: &Json) -> String {
    let mut words = vec![field(answer, "State")];
    words.extend(answer.get("EndedAt").map(text));
    words.extend(answer.get("EndedBy").map(|by| format!("by {}", text(by))));
    words.join(" ")
}

fn target(receipt: &Json) -> String {
    let Some(target) = receipt.get("Target") else { return field(receipt, "Target") };
    let name = if target.get("Arn").is_some() { "Arn" } else { "Id" };
    format!("{} {}", field(target, "Kind"), field(target, name))
}

fn session(hit: &Json) -> String {
    let mut words = vec![field(hit, "AccessKeyId")];
    words.extend(hit.get("Arn").map(text));
    words.extend(hit.get("Issued").map(|issued| format!("issued {}", text(issued))));
    words.extend(hit.get("SourceIdentity").map(|identity| format!("source identity {}", text(identity))));
    words.join("  ")
}

fn request(answer: &Json, member: &str) -> String {
    answer.get(member).map_or_else(|| "none on record".to_owned(), event)
}

fn event(seen: &Json) -> String {
    let service = field(seen, "EventSource");
    let service = service.strip_suffix(".amazonaws.com").unwrap_or(&service);
    format!(
        "{}  {service}:{}  from {}  with {}  request {}",
        field(seen, "Time"),
        field(seen, "EventName"),
        field(seen, "SourceIp"),
        field(seen, "AccessKeyId"),
        field(seen, "RequestId"),
    )
}

/// A number only where it is proved, or is bad news.
fn since(answer: &Json) -> String {
    let is_proved = answer.get("ProofComplete") == Some(&Json::Bool(true));
    match answer.get("AllowedSince").and_then(Json::as_u64) {
        Some(count) if is_proved => format!("{count} (every event of these credentials was looked at)"),
        Some(count) => format!("at least {count}"),
        None => "not proved; see the notes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Json {
        let seen = |time: &str| {
            json!({ "Time": time, "EventSource": "s3.amazonaws.com", "EventName": "GetObject", "RequestId": "r-1",
                    "SourceIp": "10.0.0.7", "AccessKeyId": "ASIA1", "Revision": 7 })
        };
        json!({
            "ReceiptId": "rv-1", "State": "lifted", "EndedAt": "2026-11-27T12:00:00Z", "EndedBy": "arn:root",
            "Target": { "Kind": "role", "Id": "AROA1", "Arn": "arn:role" }, "Time": "2026-11-27T10:00:00Z",
            "RevokedBy": "arn:eve\u{1b}[2J", "Revision": 8, "EventId": "e-1", "Reason": "lost",
            "SessionsHit": [{ "AccessKeyId": "ASIA1", "Arn": "arn:one" }], "SessionsHitCount": 12,
            "Descendants": [], "DescendantsCount": 0, "LastAllowed": seen("2026-11-27T09:59:59Z"),
            "AllowedSince": 0, "ProofComplete": true, "Nodes": [], "OpenSources": [], "Findings": ["look"],
        })
    }

    #[test]
    fn one_fits_on_a_screen() {
        let told = one(&receipt());
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(
            lines,
            [
                "Receipt        rv-1",
                "State          lifted 2026-11-27T12:00:00Z by arn:root",
                "Target         role arn:role",
                "Revoked        2026-11-27T10:00:00Z by arn:eve\\u{1b}[2J",
                "               at revision 8, event e-1",
                "Reason         lost",
                "Sessions hit   12",
                "               ASIA1  arn:one",
                "               and 11 more; see --output json",
                "Descendants    0",
                "Last allowed   2026-11-27T09:59:59Z  s3:GetObject  from 10.0.0.7  with ASIA1  request r-1",
                "First denied   none on record",
                "Allowed since  0 (every event of these credentials was looked at)",
                "Note           look",
            ]
        );
    }

    #[test]
    fn a_zero_that_is_not_proved_is_not_shown() {
        let told = |more: Json| {
            let mut answer = receipt();
            let members = answer.as_object_mut().unwrap();
            members.remove("AllowedSince");
            members.extend(more.as_object().unwrap().clone());
            one(&answer).lines().find(|line| line.starts_with("Allowed since")).unwrap().to_owned()
        };
        assert!(told(json!({ "ProofComplete": false })).contains("not proved"));
        assert!(told(json!({ "ProofComplete": false, "AllowedSince": 2 })).ends_with("at least 2"));
    }

    #[test]
    fn a_list_has_a_line_for_each() {
        let told = list(&json!({ "Receipts": [receipt()] }));
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[0].starts_with("RECEIPT  STATE   REVOKED"), "{told}");
        assert!(
            lines[1]
                .starts_with("rv-1     lifted  2026-11-27T10:00:00Z  2026-11-27T12:00:00Z  role arn:role")
        );
    }
}
