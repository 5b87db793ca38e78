//! Sessions for eyes: a table of many, or all that is known of one, with the tree that it stands in.

use serde_json::Value as Json;

use super::error::printable;

/// The columns of the table: what stands above, and the member.
const COLUMNS: [(&str, &str); 10] = [
    ("ACCESS KEY", "AccessKeyId"),
    ("KIND", "Kind"),
    ("ARN", "Arn"),
    ("ISSUED", "Issued"),
    ("EXPIRES", "Expires"),
    ("SOURCE IDENTITY", "SourceIdentity"),
    ("MADE FROM", "SourceIp"),
    ("LAST USED", "LastUsed"),
    ("ALLOWED", "Allowed"),
    ("DENIED", "Denied"),
];
/// What stands where there is nothing.
const ABSENT: &str = "-";

/// A table, a session in each line.
pub fn list(answer: &Json) -> String {
    table(COLUMNS, items(answer, "Sessions"))
}

/// A table with these columns, and a line for each of the rows.
pub fn table<const N: usize>(columns: [(&str, &str); N], rows: &[Json]) -> String {
    let head = columns.map(|(title, _)| title.to_owned());
    let rows = rows.iter().map(|row| columns.map(|(_, name)| field(row, name)));
    let rows: Vec<[String; N]> = std::iter::once(head).chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, field) in widths.iter_mut().zip(row) {
            *width = field.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let fields = row.iter().zip(widths).map(|(field, width)| format!("{field:width$}"));
        format!("{}\n", fields.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Everything about one session.
pub fn one(answer: &Json) -> String {
    let Some(session) = answer.get("Session").and_then(Json::as_object) else { return String::new() };
    let width = session.keys().map(String::len).max().unwrap_or_default();
    let mut lines: Vec<String> =
        session.iter().map(|(name, value)| format!("{name:width$}  {}", text(value))).collect();
    lines.push(String::new());
    lines.push("Lineage".to_owned());
    let mut depth = 1;
    for ancestor in items(answer, "Ancestors") {
        lines.push(link(ancestor, depth, ""));
        depth += 1;
    }
    let this = answer.get("Session").unwrap_or(&Json::Null);
    lines.push(link(this, depth, "  <-- this one"));
    below(items(answer, "Descendants"), this, depth + 1, &mut lines);
    if let Some(omitted) = answer.get("DescendantsOmitted") {
        lines.push(format!("and {omitted} more that it led to"));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The sessions that this one led to, each below its parent; those whose parent has ended stand below the nearest that
/// is left, which is the one that was asked for.
fn below(all: &[Json], this: &Json, depth: usize, lines: &mut Vec<String>) {
    let key = |session: &Json| session.get("AccessKeyId").cloned();
    let is_below = |child: &Json, parent: &Json| {
        child.get("Parent").is_some() && child.get("Parent") == parent.get("AccessKeyId")
    };
    let is_orphan = |child: &Json| !all.iter().chain([this]).any(|parent| is_below(child, parent));
    let mut waiting: Vec<(usize, &Json)> = all
        .iter()
        .rev()
        .filter(|child| is_below(child, this) || is_orphan(child))
        .map(|child| (depth, child))
        .collect();
    while let Some((depth, session)) = waiting.pop() {
        lines.push(link(session, depth, ""));
        let children =
            all.iter().rev().filter(|child| is_below(child, session) && key(child) != key(session));
        waiting.extend(children.map(|child| (depth + 1, child)));
    }
}

fn link(session: &Json, depth: usize, remark: &str) -> String {
    let shown = |name: &str| session.get(name).map(text);
    let mut words = vec![field(session, "AccessKeyId")];
    words.extend(shown("Kind"));
    words.push(shown("Arn").unwrap_or_else(|| "has ended, or is gone".to_owned()));
    words.extend(shown("Expires").map(|expires| format!("until {expires}")));
    format!("{}{}{remark}", "  ".repeat(depth), words.join("  "))
}

/// The items of a list, none if it is not there.
pub fn items<'a>(answer: &'a Json, member: &str) -> &'a [Json] {
    answer.get(member).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A member for eyes.
pub fn field(of: &Json, name: &str) -> String {
    of.get(name).map_or_else(|| ABSENT.to_owned(), text)
}

/// A value for eyes.
pub fn text(value: &Json) -> String {
    match value {
        Json::String(text) => printable(text),
        Json::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => printable(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_has_its_columns_below_one_another() {
        let answer = json!({ "Sessions": [
            { "AccessKeyId": "ASIA1", "Kind": "AssumeRole", "Arn": "arn:a\u{1b}[2J", "Allowed": 3, "Denied": 0 },
        ] });
        let table = list(&answer);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("ACCESS KEY  KIND        ARN"), "{table}");
        assert!(lines[1].starts_with("ASIA1       AssumeRole  arn:a\\u{1b}[2J"), "{table}");
    }

    #[test]
    fn the_tree_goes_from_the_long_term_key_to_what_was_made_in_turn() {
        let session = |id: &str, parent: &str| json!({ "AccessKeyId": id, "Kind": "AssumeRole", "Arn": "arn", "Parent": parent });
        let answer = json!({
            "Session": session("ASIA1", "AKIA0"),
            "Ancestors": [{ "AccessKeyId": "AKIA0", "Arn": "arn:alice" }],
            "Descendants": [session("ASIA2", "ASIA1"), session("ASIA4", "ASIA1"), session("ASIA3", "ASIA2"), session("ASIA6", "ASIA5")],
        });
        let told = one(&answer);
        let (_, tree) = told.split_once("Lineage\n").unwrap();
        let tree: Vec<String> =
            tree.lines().map(|line| line.split("  arn").next().unwrap().to_owned()).collect();
        assert_eq!(
            tree,
            [
                "  AKIA0",
                "    ASIA1  AssumeRole",
                "      ASIA2  AssumeRole",
                "        ASIA3  AssumeRole",
                "      ASIA4  AssumeRole",
                "      ASIA6  AssumeRole",
            ]
        );
    }
}
