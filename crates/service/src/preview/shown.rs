//! What is told of a change that was not made.

use portcullis_base::Value;

use super::nobody::Finding;
use super::session::{Outcome, Turn};
use super::stand::Answer;

/// Turns that are listed of one session; all are counted.
const TURNS_MAX: usize = 50;

/// A count as the interface has it.
pub fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An answer under a name, with its reason beside it.
fn answer(shown: Value, name: &str, answer: &Answer) -> Value {
    shown.with(name, answer.word).with_some(&format!("{name}Because"), answer.because.as_deref())
}

/// An answer that turns.
pub fn turned(shown: Value, action: &str, resource: &str, before: &Answer, after: &Answer) -> Value {
    let shown = shown.with("Action", action).with("Resource", resource);
    answer(answer(shown, "Before", before), "After", after)
}

fn turns(all: &[Turn]) -> Value {
    let shown = all.iter().take(TURNS_MAX);
    shown
        .map(|turn| turned(Value::structure(), &turn.action, &turn.resource, &turn.before, &turn.after))
        .collect()
}

/// What becomes of a session.
pub fn session(outcome: &Outcome) -> Value {
    outcome
        .live
        .named()
        .with("Ends", outcome.ends)
        .with("Loses", turns(&outcome.loses))
        .with("LosesCount", count(outcome.loses.len()))
        .with("Gains", turns(&outcome.gains))
        .with("GainsCount", count(outcome.gains.len()))
        .with("Keeps", count(outcome.keeps))
}

/// Something that matches nobody.
pub fn finding(finding: &Finding) -> Value {
    Value::structure()
        .with("Part", finding.part.as_str())
        .with("Reason", finding.reason.as_str())
        .with_some("Code", finding.code)
}
