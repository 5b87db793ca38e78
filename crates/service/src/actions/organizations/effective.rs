//! What policies that say nothing about access come to for an account: each level adds to what it inherits
//! (Organizations User Guide, "Understanding management policy inheritance").
//!
//! ```text
//! root   {"tags": {"team": {"tag_key": {"@@assign": "Team"}}}}
//! unit   {"tags": {"team": {"tag_value": {"@@append": ["blue"]}}}}
//! comes  {"tags": {"team": {"tag_key": "Team", "tag_value": ["blue"]}}}
//! ```

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Says which operators those below may use.
const CONTROL: &str = "@@operators_allowed_for_child_policies";
/// As deep as a policy can nest.
const DEPTH_MAX: usize = 16;

/// A part of what was put together so far.
#[derive(Default)]
struct Part {
    value: Option<Value>,
    members: BTreeMap<String, Part>,
    /// What those below may do here; everything if nothing was said.
    allowed: Option<Vec<String>>,
    /// Whether that was said here and not further out.
    is_said_here: bool,
}

/// Checks that a text is such a policy.
///
/// # Errors
/// A sentence that says why not.
pub fn check(text: &str) -> Result<(), String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("The policy is not JSON: {error}."))?;
    let Value::Object(members) = value else { return Err("The policy is not a JSON object.".to_owned()) };
    check_object(&members, 0)
}

fn check_object(members: &Map<String, Value>, depth: usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err("The policy is nested too deeply.".to_owned());
    }
    for (name, value) in members {
        match (name.as_str(), value) {
            ("@@assign", Value::Number(_) | Value::Bool(_))
            | ("@@assign" | "@@append" | "@@remove" | CONTROL, Value::Array(_) | Value::String(_)) => {}
            (name, _) if name.starts_with("@@") => {
                return Err(format!("The policy has {name} where no such operator can stand."));
            }
            (_, Value::Object(below)) => check_object(below, depth + 1)?,
            (name, _) => {
                return Err(format!(
                    "The policy gives {name} a value without an operator, such as @@assign."
                ));
            }
        }
    }
    Ok(())
}

/// What the texts come to, the root's first.
pub fn together<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut whole = Part::default();
    for text in texts {
        if let Ok(Value::Object(members)) = serde_json::from_str(text) {
            whole.add(&members);
        }
    }
    whole.shown().unwrap_or_else(|| Value::Object(Map::new())).to_string()
}

fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

impl Part {
    fn permits(&self, operator: &str) -> bool {
        let Some(allowed) = &self.allowed else { return true };
        allowed.iter().any(|held| held == operator || held == "@@all")
    }

    fn add(&mut self, members: &Map<String, Value>) {
        let mut says: Option<Vec<String>> = None;
        for (name, value) in members {
            match name.as_str() {
                CONTROL => {
                    let words = listed(value);
                    says = Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
                }
                operator if operator.starts_with("@@") => {
                    if self.permits(operator) {
                        self.operate(operator, value);
                    }
                }
                name => {
                    let below = self
                        .members
                        .entry(name.to_owned())
                        .or_insert_with(|| Part { allowed: self.allowed.clone(), ..Part::default() });
                    if let Value::Object(members) = value {
                        below.add(members);
                    }
                }
            }
        }
        // Binds those below, not this policy; what is above cannot be loosened.
        if let Some(says) = says.filter(|_| self.allowed.is_none()) {
            self.bind(&says);
            self.is_said_here = true;
        }
    }

    fn bind(&mut self, allowed: &[String]) {
        // What was said further in is more exact and stands.
        if self.is_said_here {
            return;
        }
        self.allowed = Some(allowed.to_vec());
        for below in self.members.values_mut() {
            below.bind(allowed);
        }
    }

    fn operate(&mut self, operator: &str, value: &Value) {
        let held = self.value.as_ref().map(listed).unwrap_or_default();
        self.value = Some(match operator {
            "@@append" => {
                let fresh = listed(value).into_iter().filter(|item| !held.contains(item));
                Value::Array(held.iter().cloned().chain(fresh).collect())
            }
            "@@remove" => {
                let gone = listed(value);
                Value::Array(held.into_iter().filter(|item| !gone.contains(item)).collect())
            }
            _ => value.clone(),
        });
    }

    fn shown(self) -> Option<Value> {
        if let Some(value) = self.value {
            return Some(value);
        }
        let shown = self.members.into_iter().filter_map(|(name, part)| Some((name, part.shown()?)));
        let members: Map<String, Value> = shown.collect();
        (!members.is_empty()).then_some(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_adds_to_what_it_inherits() {
        let root =
            r#"{"tags":{"team":{"tag_key":{"@@assign":"Team"},"tag_value":{"@@assign":["red","green"]}}}}"#;
        let unit =
            r#"{"tags":{"team":{"tag_key":{"@@assign":"TEAM"},"tag_value":{"@@append":["blue","red"]}}}}"#;
        let account = r#"{"tags":{"team":{"tag_value":{"@@remove":["green"]}}}}"#;
        assert_eq!(
            together([root, unit, account].into_iter()),
            r#"{"tags":{"team":{"tag_key":"TEAM","tag_value":["red","blue"]}}}"#
        );
    }

    #[test]
    fn what_a_level_forbids_those_below_cannot_do() {
        let root = r#"{"tags":{"team":{"tag_key":{"@@operators_allowed_for_child_policies":["@@none"],"@@assign":"Team"},
            "tag_value":{"@@operators_allowed_for_child_policies":["@@append"],"@@assign":["red"]}}}}"#;
        let below = r#"{"tags":{"team":{"tag_key":{"@@assign":"x","@@operators_allowed_for_child_policies":["@@all"]},
            "tag_value":{"@@assign":["y"],"@@append":["z"]}}}}"#;
        let further = r#"{"tags":{"team":{"tag_key":{"@@assign":"w"}}}}"#;
        assert_eq!(
            together([root, below, further].into_iter()),
            r#"{"tags":{"team":{"tag_key":"Team","tag_value":["red","z"]}}}"#
        );
    }

    #[test]
    fn what_is_said_further_in_stands() {
        let root = r#"{"tags":{"@@operators_allowed_for_child_policies":["@@all"],"team":{"tag_key":
            {"@@operators_allowed_for_child_policies":["@@none"],"@@assign":"Team"}}}}"#;
        let below = r#"{"tags":{"team":{"tag_key":{"@@assign":"other"},"tag_value":{"@@assign":["x"]}}}}"#;
        let expected = r#"{"tags":{"team":{"tag_key":"Team","tag_value":["x"]}}}"#;
        assert_eq!(together([root, below].into_iter()), expected);
    }

    #[test]
    fn what_is_no_such_policy_is_refused() {
        assert_eq!(check(r#"{"tags":{"a":{"tag_key":{"@@assign":"A"}}}}"#), Ok(()));
        for text in ["", "[]", "{", r#"{"a":1}"#, r#"{"a":{"@@set":1}}"#, r#"{"a":{"@@assign":null}}"#] {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(&format!("{}{}", r#"{"a":"#.repeat(40), "{}".to_owned() + &"}".repeat(40))).is_err());
    }
}
