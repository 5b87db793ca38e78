//! Holds a value against the limits of its shape, and words the refusal as AWS does:
//! `1 validation error detected: Value '600' at 'durationSeconds' failed to satisfy constraint: Member must have
//! value greater than or equal to 900`.
//!
//! Three habits of AWS's own messages are kept. A member's name begins in lower case, and an item of a list of
//! structures is `tags.1.member.key`. A bad item of a list of scalars is reported at the list, with everything that
//! its items must satisfy. A sensitive value is not repeated.

use super::{Kind, Member, Model, Place, Shape, ShapeId, Structure};
use crate::Value;

/// Longer values are cut in messages: a refusal must not be a way to fill the event history.
const MAX_QUOTED_CHARS: usize = 2048;

/// More violations than this are not looked for: one is enough to refuse.
const MAX_VIOLATIONS: usize = 50;

/// One limit that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `tags.1.member.key`.
    pub path: String,
    /// The value as the message quotes it; `None` if it is absent or sensitive.
    pub value: Option<String>,
    /// Whether the member is absent.
    pub is_absent: bool,
    /// What it must satisfy: `Member must not be null`.
    pub constraint: String,
}

impl Violation {
    fn text(&self) -> String {
        let value = match &self.value {
            Some(value) => format!("Value '{value}'"),
            None if self.is_absent => "Value null".to_owned(),
            None => "Value".to_owned(),
        };
        format!("{value} at '{}' failed to satisfy constraint: {}", self.path, self.constraint)
    }
}

/// The message of a refusal for these violations; empty for none.
pub fn violations_text(violations: &[Violation]) -> String {
    let texts: Vec<String> = violations.iter().map(Violation::text).collect();
    match texts.len() {
        0 => String::new(),
        1 => format!("1 validation error detected: {}", texts.join("")),
        count => format!("{count} validation errors detected: {}", texts.join("; ")),
    }
}

/// Every limit of the shape that the value breaks, in the model's order; none if it is fit to be used.
///
/// Streamed members are not looked at, since their bytes never stand in a value. Members that the shape does not know
/// are not looked at either.
pub fn validate(model: &Model, shape: ShapeId, value: &Value) -> Vec<Violation> {
    let mut check = Check { model, found: Vec::new() };
    check.visit(shape, value, "");
    check.found
}

struct Check<'m> {
    model: &'m Model,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn visit(&mut self, id: ShapeId, value: &Value, path: &str) {
        if self.found.len() >= MAX_VIOLATIONS {
            return;
        }
        let shape = self.model.shape(id);
        for constraint in broken(shape, value) {
            self.report(id, value, path, constraint);
        }
        match &shape.kind {
            Kind::Structure(structure) => self.visit_structure(structure, value, path),
            Kind::List { item, .. } => self.visit_list(id, *item, value, path),
            Kind::Map { key, value: held } => self.visit_map(id, (*key, *held), value, path),
            _ => {}
        }
    }

    fn visit_structure(&mut self, structure: &Structure, value: &Value, path: &str) {
        for member in structure.members.iter().filter(|member| member.place != Place::Stream) {
            let path = member_path(path, member);
            match value.member(&member.name) {
                Some(held) => self.visit(member.shape, held, &path),
                None if member.is_required => self.found.push(Violation {
                    path,
                    value: None,
                    is_absent: true,
                    constraint: "Member must not be null".to_owned(),
                }),
                None => {}
            }
        }
    }

    fn visit_list(&mut self, list: ShapeId, item: ShapeId, value: &Value, path: &str) {
        let item_shape = self.model.shape(item);
        if is_scalar(item_shape) {
            if value.as_list().iter().any(|held| !broken(item_shape, held).is_empty()) {
                let constraint = format!("Member must satisfy constraint: [{}]", all_limits(item_shape));
                self.report(list, value, path, constraint);
            }
            return;
        }
        for (at, held) in value.as_list().iter().enumerate() {
            self.visit(item, held, &format!("{path}.{}.member", at + 1));
        }
    }

    fn visit_map(&mut self, map: ShapeId, (key, held): (ShapeId, ShapeId), value: &Value, path: &str) {
        let (key_shape, held_shape) = (self.model.shape(key), self.model.shape(held));
        if value.members().iter().any(|(name, _)| !broken(key_shape, &Value::from(name.as_str())).is_empty())
        {
            let constraint = format!("Map keys must satisfy constraint: [{}]", all_limits(key_shape));
            self.report(map, value, path, constraint);
        }
        if is_scalar(held_shape) {
            if value.members().iter().any(|(_, inner)| !broken(held_shape, inner).is_empty()) {
                let constraint = format!("Map value must satisfy constraint: [{}]", all_limits(held_shape));
                self.report(map, value, path, constraint);
            }
            return;
        }
        for (name, inner) in value.members() {
            self.visit(held, inner, &format!("{path}.{name}.member"));
        }
    }

    fn report(&mut self, id: ShapeId, value: &Value, path: &str, constraint: String) {
        let value = if is_sensitive(self.model, id) { None } else { Some(quoted(self.model, id, value)) };
        self.found.push(Violation { path: path.to_owned(), value, is_absent: false, constraint });
    }
}

fn member_path(path: &str, member: &Member) -> String {
    let mut letters = member.name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let name: String = first.into_iter().chain(letters).collect();
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn is_scalar(shape: &Shape) -> bool {
    !matches!(shape.kind, Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. })
}

fn is_sensitive(model: &Model, id: ShapeId) -> bool {
    let shape = model.shape(id);
    shape.sensitive
        || match &shape.kind {
            Kind::List { item, .. } => model.shape(*item).sensitive,
            Kind::Map { key, value } => model.shape(*key).sensitive || model.shape(*value).sensitive,
            _ => false,
        }
}

/// The shape's own limits that the value breaks, without looking inside it.
fn broken(shape: &Shape, value: &Value) -> Vec<String> {
    let mut constraints = Vec::new();
    if let Some((size, what)) = measure(value) {
        if shape.max.is_some_and(|max| size > max) {
            constraints.extend(shape.max.map(|max| at_most(what, max)));
        }
        if shape.min.is_some_and(|min| size < min) {
            constraints.extend(shape.min.map(|min| at_least(what, min)));
        }
    }
    if let Value::Text(text) = value {
        if let Some(pattern) = shape.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            constraints.push(matching(pattern.source()));
        }
        if !shape.choices.is_empty() && !shape.choices.contains(text) {
            constraints.push(one_of(&shape.choices));
        }
    }
    constraints
}

/// All limits of a scalar shape, as AWS lists them for the items of a list.
fn all_limits(shape: &Shape) -> String {
    let what =
        if matches!(shape.kind, Kind::Integer | Kind::Long | Kind::Float) { "value" } else { "length" };
    let mut limits = Vec::new();
    limits.extend(shape.max.map(|max| at_most(what, max)));
    limits.extend(shape.min.map(|min| at_least(what, min)));
    limits.extend(shape.pattern.as_ref().map(|pattern| matching(pattern.source())));
    if !shape.choices.is_empty() {
        limits.push(one_of(&shape.choices));
    }
    limits.join(", ")
}

/// What `min` and `max` speak of: characters, bytes, items or the number itself.
fn measure(value: &Value) -> Option<(i64, &'static str)> {
    let length = match value {
        Value::Int(number) => return Some((*number, "value")),
        Value::Text(text) => text.chars().count(),
        Value::Blob(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(members) => members.len(),
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::Time(_) => return None,
    };
    Some((i64::try_from(length).unwrap_or(i64::MAX), "length"))
}

fn at_most(what: &str, max: i64) -> String {
    format!("Member must have {what} less than or equal to {max}")
}

fn at_least(what: &str, min: i64) -> String {
    format!("Member must have {what} greater than or equal to {min}")
}

fn matching(source: &str) -> String {
    format!("Member must satisfy regular expression pattern: {source}")
}

fn one_of(choices: &[String]) -> String {
    format!("Member must satisfy enum value set: [{}]", choices.join(", "))
}

fn quoted(model: &Model, id: ShapeId, value: &Value) -> String {
    let mut out = String::new();
    quote(model, id, value, &mut out);
    match out.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", out.get(..end).unwrap_or_default()),
        None => out,
    }
}

fn quote(model: &Model, id: ShapeId, value: &Value, out: &mut String) {
    let shape = model.shape(id);
    if shape.sensitive {
        out.push_str("***");
        return;
    }
    if out.len() > 4 * MAX_QUOTED_CHARS {
        return;
    }
    match (&shape.kind, value) {
        (Kind::List { item, .. }, Value::List(items)) => {
            out.push('[');
            for (at, held) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                quote(model, *item, held, out);
            }
            out.push(']');
        }
        (Kind::Structure(structure), Value::Map(members)) => {
            out.push_str(&shape.name);
            out.push('(');
            let known = members.iter().filter_map(|(name, held)| Some((structure.member(name)?, held)));
            for (at, (member, held)) in known.enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                out.push_str(&member_path("", member));
                out.push('=');
                quote(model, member.shape, held, out);
            }
            out.push(')');
        }
        (Kind::Map { key, value: inner }, Value::Map(members)) => {
            out.push('{');
            for (at, (name, held)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                quote(model, *key, &Value::from(name.as_str()), out);
                out.push('=');
                quote(model, *inner, held, out);
            }
            out.push('}');
        }
        (_, Value::Text(text)) => out.push_str(text),
        (_, Value::Int(number)) => out.push_str(&number.to_string()),
        (_, Value::Float(number)) => out.push_str(&number.to_string()),
        (_, Value::Bool(truth)) => out.push_str(&truth.to_string()),
        (_, Value::Time(instant)) => out.push_str(&instant.iso_millis()),
        (_, Value::Blob(bytes)) => {
            out.push_str(&bytes.len().to_string());
            out.push_str(" bytes");
        }
        _ => out.push_str("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(value: &Value) -> String {
        let model = Model::parse(
            r#"{"service":"demo","protocol":"query","version":"1","operations":[],"shapes":[
              {"name":"Request","type":"structure","required":["RoleArn"],"members":[
                ["RoleArn","arn"],["DurationSeconds","duration"],["Tags","tags"],["Actions","actions"],
                ["Status","status"],["Password","password"],["Body","arn",{"streaming":true}]]},
              {"name":"arn","type":"string","min":20,"max":2048},
              {"name":"duration","type":"integer","min":900,"max":43200},
              {"name":"tags","type":"list","item":"Tag","max":2},
              {"name":"Tag","type":"structure","required":["Key","Value"],"members":[["Key","key"],["Value","any"]]},
              {"name":"key","type":"string","min":1,"max":8,"pattern":"[\\p{L}]+"},
              {"name":"any","type":"string"},
              {"name":"actions","type":"list","item":"key"},
              {"name":"status","type":"string","enum":["Active","Inactive"]},
              {"name":"password","type":"string","min":6,"sensitive":true}]}"#,
        )
        .unwrap();
        violations_text(&validate(&model, model.shape_id("Request").unwrap(), value))
    }

    fn request() -> Value {
        Value::structure().with("RoleArn", "arn:aws:iam::123456789012:role/demo")
    }

    #[test]
    fn a_fit_value_has_no_violation() {
        let tag = Value::structure().with("Key", "Übung").with("Value", "");
        assert_eq!(refusal(&request().with("Tags", vec![tag]).with("DurationSeconds", 900_u32)), "");
    }

    #[test]
    fn an_absent_member_is_null_without_quotes() {
        assert_eq!(
            refusal(&Value::structure()),
            "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null"
        );
        assert_eq!(refusal(&Value::structure().with("RoleArn", Value::Null)), refusal(&Value::structure()));
    }

    #[test]
    fn several_violations_are_counted_and_joined() {
        assert_eq!(
            refusal(&Value::structure().with("RoleArn", "short").with("DurationSeconds", 600_u32)),
            "2 validation errors detected: Value 'short' at 'roleArn' failed to satisfy constraint: Member must have \
             length greater than or equal to 20; Value '600' at 'durationSeconds' failed to satisfy constraint: \
             Member must have value greater than or equal to 900"
        );
    }

    #[test]
    fn items_are_named_by_their_place() {
        let good = Value::structure().with("Key", "team").with("Value", "a");
        let bad = Value::structure().with("Key", "team!").with("Value", "a");
        assert_eq!(
            refusal(&request().with("Tags", vec![good.clone(), bad])),
            "1 validation error detected: Value 'team!' at 'tags.2.member.key' failed to satisfy constraint: Member \
             must satisfy regular expression pattern: [\\p{L}]+"
        );
        assert_eq!(
            refusal(&request().with("Tags", vec![good.clone(), good.clone(), good])),
            "1 validation error detected: Value '[Tag(key=team, value=a), Tag(key=team, value=a), Tag(key=team, \
             value=a)]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2"
        );
    }

    #[test]
    fn a_bad_scalar_item_is_reported_at_its_list() {
        assert_eq!(
            refusal(&request().with("Actions", vec!["ok".into(), Value::from("")])),
            "1 validation error detected: Value '[ok, ]' at 'actions' failed to satisfy constraint: Member must \
             satisfy constraint: [Member must have length less than or equal to 8, Member must have length greater \
             than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}]+]"
        );
    }

    #[test]
    fn enums_are_listed_and_secrets_are_not_repeated() {
        assert_eq!(
            refusal(&request().with("Status", "active")),
            "1 validation error detected: Value 'active' at 'status' failed to satisfy constraint: Member must \
             satisfy enum value set: [Active, Inactive]"
        );
        assert_eq!(
            refusal(&request().with("Password", "s3cre")),
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length \
             greater than or equal to 6"
        );
    }

    #[test]
    fn length_counts_characters() {
        let tag = Value::structure().with("Key", "ÜÜÜÜÜÜÜÜ").with("Value", "");
        assert_eq!(refusal(&request().with("Tags", vec![tag])), "");
    }

    #[test]
    fn a_hostile_length_is_cut() {
        assert!(refusal(&request().with("Status", "x".repeat(1_000_000))).len() < 3000);
    }
}
