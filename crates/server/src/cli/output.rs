//! How an answer is printed.
//!
//! `json` is the answer as the interface gives it, with instants as people read them. `text` is for eyes and for
//! `cut`: a line for each member, its name and its value with a tab between, and for a list of structures a line
//! for each item:
//!
//! ```text
//! KeyId     2
//! Created   2026-11-22T10:00:00Z
//! ```

use clap::ValueEnum;
use portcullis_base::Timestamp;
use portcullis_base::shape::{Kind, Model, ShapeId};
use serde_json::{Map, Value as Json};

use super::error::printable;

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object.
    Json,
    /// Lines of fields with tabs between.
    Text,
}

impl Format {
    /// The form of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::from_str(name, true).ok()
    }
}

/// What stands in a line of text for a member that is not there.
const ABSENT: &str = "-";

/// An answer as text to print.
pub fn text(format: Format, model: &Model, shape: ShapeId, answer: &Json) -> String {
    let answer = readable(model, shape, answer);
    match format {
        // An object of texts always prints.
        Format::Json => format!("{answer:#}\n"),
        Format::Text => lines(model, shape, &answer),
    }
}

/// The same with every instant spelled out.
pub fn readable(model: &Model, shape: ShapeId, value: &Json) -> Json {
    match (&model.shape(shape).kind, value) {
        (Kind::Structure(structure), Json::Object(members)) => {
            let shown = |(name, value): (&String, &Json)| {
                let member = structure.members.iter().find(|member| member.wire_name == *name);
                let value = member.map_or_else(|| value.clone(), |it| readable(model, it.shape, value));
                (name.clone(), value)
            };
            Json::Object(members.iter().map(shown).collect::<Map<_, _>>())
        }
        (Kind::List { item, .. }, Json::Array(items)) => {
            items.iter().map(|value| readable(model, *item, value)).collect()
        }
        (Kind::Map { value: shape, .. }, Json::Object(members)) => {
            let shown = |(name, value): (&String, &Json)| (name.clone(), readable(model, *shape, value));
            Json::Object(members.iter().map(shown).collect::<Map<_, _>>())
        }
        (Kind::Timestamp(_), Json::Number(seconds)) => {
            seconds.as_f64().map_or_else(|| value.clone(), |seconds| Json::from(instant(seconds)))
        }
        _ => value.clone(),
    }
}

fn instant(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of any date that can be written fit")]
    let at = Timestamp::from_millis((seconds * 1000.0).round() as i64);
    if at == at.whole_seconds() { at.iso_seconds() } else { at.iso_millis() }
}

fn lines(model: &Model, shape: ShapeId, answer: &Json) -> String {
    let mut lines = Vec::new();
    for member in &model.structure(Some(shape)).members {
        let mut line = |shape, value| lines.push(format!("{}\t{}\n", member.name, row(model, shape, value)));
        match (&model.shape(member.shape).kind, answer.get(&member.wire_name)) {
            (_, None) => {}
            (Kind::List { item, .. }, Some(Json::Array(items))) => {
                for value in items {
                    line(*item, value);
                }
            }
            (_, Some(value)) => line(member.shape, value),
        }
    }
    lines.concat()
}

/// The fields of a structure in the model's order, or the one value.
fn row(model: &Model, shape: ShapeId, value: &Json) -> String {
    match &model.shape(shape).kind {
        Kind::Structure(structure) => {
            let members = structure.members.iter().map(|member| field(value.get(&member.wire_name)));
            members.collect::<Vec<_>>().join("\t")
        }
        _ => field(Some(value)),
    }
}

fn field(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => ABSENT.to_owned(),
        Some(Json::String(text)) => printable(text),
        Some(other) => printable(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MODEL: &str = r#"{"service":"demo","protocol":"json","version":"1","operations":[],"shapes":[
        {"name":"Answer","type":"structure","members":[["Id","Id"],["At","Date"],["Names","Names"],["Items","Items"]]},
        {"name":"Date","type":"timestamp"}, {"name":"Id","type":"long"}, {"name":"Name","type":"string"},
        {"name":"Names","type":"list","item":"Name"}, {"name":"Items","type":"list","item":"Item"},
        {"name":"Item","type":"structure","members":[["Name","Name"],["At","Date"],["More","Names"]]}]}"#;

    fn printed(format: Format, answer: &Json) -> String {
        let model = Model::parse(MODEL).unwrap();
        text(format, &model, model.shape_id("Answer").unwrap(), answer)
    }

    fn answer() -> Json {
        json!({
            "Id": 7, "At": 1_795_000_000, "Names": ["a", "b"], "New": { "x": 1 },
            "Items": [{ "Name": "c\td", "At": 1_795_000_000.25 }, { "Name": "e", "More": ["f"] }],
        })
    }

    #[test]
    fn json_is_the_answer_with_readable_instants() {
        let printed: Json = serde_json::from_str(&printed(Format::Json, &answer())).unwrap();
        let mut expected = answer();
        expected["At"] = json!("2026-11-18T11:06:40Z");
        expected["Items"][0]["At"] = json!("2026-11-18T11:06:40.250Z");
        assert_eq!(printed, expected);
    }

    #[test]
    fn text_is_a_line_for_each_member_and_item() {
        assert_eq!(
            printed(Format::Text, &answer()),
            "Id\t7\nAt\t2026-11-18T11:06:40Z\nNames\ta\nNames\tb\nItems\tc\\td\t2026-11-18T11:06:40.250Z\t-\n\
             Items\te\t-\t[\"f\"]\n"
        );
        assert_eq!(printed(Format::Text, &json!({})), "");
    }

    #[test]
    fn a_format_is_named_as_the_aws_cli_names_it() {
        assert_eq!(Format::named("text"), Some(Format::Text));
        assert_eq!(Format::named("JSON"), Some(Format::Json));
        assert_eq!(Format::named("table"), None);
    }
}
