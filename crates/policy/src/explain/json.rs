//! The explanation as JSON, for other people's programs. The names of its members are a promise.

use serde_json::{Map, Value, json};

use super::{Change, Explanation, Failure, Flip, LayerReport, Match, Place, Saying, StatementReport, Tested};
use crate::context::ContextValue;
use crate::document::Effect;
use crate::layers::Verdict;

impl Explanation {
    /// As one JSON object.
    pub fn to_json(&self) -> Value {
        json!({
            "verdict": verdict(&self.decision.verdict),
            "why": self.why,
            "request": {"caller": self.caller, "action": self.action, "resource": self.resource},
            "layers": self.layers.iter().map(layer).collect::<Vec<_>>(),
            "statements": self.statements.iter().map(statement).collect::<Vec<_>>(),
            "statements_left_out": self.statements_left_out,
            "statements_in_all": self.statements_in_all,
            "flips": self.flips.iter().map(flip).collect::<Vec<_>>(),
            "flips_left_out": self.flips_left_out,
            "remark": self.remark,
        })
    }
}

fn verdict(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Allow => json!({"answer": "Allow"}),
        Verdict::ExplicitDeny(layer) => json!({"answer": "ExplicitDeny", "layer": layer.name()}),
        Verdict::ImplicitDeny(layer) => json!({"answer": "ImplicitDeny", "layer": layer.name()}),
        Verdict::Forbidden(text) => json!({"answer": "Forbidden", "text": text}),
    }
}

pub(super) fn says(saying: Saying) -> &'static str {
    match saying {
        Saying::Deny => "deny",
        Saying::Allow => "allow",
        Saying::Silent => "silent",
        Saying::NotAsked => "not asked",
    }
}

fn layer(report: &LayerReport) -> Value {
    json!({
        "layer": report.layer.name(),
        "level": report.level,
        "says": says(report.says),
        "allows": report.allows,
        "denies": report.denies,
        "note": report.note,
    })
}

pub(super) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    }
}

/// Where a statement stands.
fn placed(place: &Place, sid: Option<&String>, index: usize, of: Effect) -> Map<String, Value> {
    let place = [
        ("layer", json!(place.layer.name())),
        ("level", json!(place.level)),
        ("policy", json!(place.policy)),
        ("sid", json!(sid)),
        ("statement", json!(index)),
        ("effect", json!(effect(of))),
    ];
    place.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

fn statement(report: &StatementReport) -> Value {
    let mut object = placed(&report.place, report.sid.as_ref(), report.index, report.effect);
    let mut put = |name: &str, value| object.insert(name.to_owned(), value);
    match &report.result {
        Match::Applies { worth } => {
            put("result", json!("applies"));
            put("worth", json!(worth));
        }
        Match::SetAside => {
            put("result", json!("set aside"));
        }
        Match::Fails(failure) => {
            put("result", json!("does not apply"));
            put("failed_on", failed(failure));
        }
    }
    Value::Object(object)
}

fn tested(tested: &Tested) -> Value {
    json!({"values": tested.values, "left_out": tested.left_out})
}

fn failed(failure: &Failure) -> Value {
    json!({
        "element": failure.written,
        "operator": failure.operator,
        "key": failure.key,
        "seen": failure.seen.as_ref().map(tested),
        "wanted": tested(&failure.wanted),
        "remark": failure.remark,
        "also": failure.also.iter().map(|element| element.name()).collect::<Vec<_>>(),
        "conditions_failing": failure.conditions_failing,
    })
}

fn value(value: Option<&ContextValue>) -> Value {
    match value {
        None => Value::Null,
        Some(ContextValue::One(value)) => json!(value),
        Some(ContextValue::Many(values)) => json!(values),
    }
}

fn flip(flip: &Flip) -> Value {
    let mut object = match &flip.change {
        Change::Remove { place, sid, index, effect } => {
            let mut object = placed(place, sid.as_ref(), *index, *effect);
            object.insert("change".to_owned(), json!("remove statement"));
            object
        }
        Change::Add { layer, level, statement } => {
            let statement = serde_json::from_str(statement).unwrap_or(Value::Null);
            let change = json!({
                "change": "add statement", "layer": layer.name(), "level": level, "statement": statement
            });
            change.as_object().cloned().unwrap_or_default()
        }
        Change::Context { key, from, to, is_fixed_by_caller } => {
            let change = json!({
                "change": "context value", "key": key, "from": value(from.as_ref()), "to": value(to.as_ref()),
                "fixed_by_caller": is_fixed_by_caller
            });
            change.as_object().cloned().unwrap_or_default()
        }
    };
    object.insert("then".to_owned(), verdict(&flip.verdict));
    Value::Object(object)
}
