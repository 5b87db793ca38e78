//! What was seen, for people.

use std::collections::BTreeMap;

use portcullis_sim::history::{Deed, History, Rule, Verdict, Violation};

/// Violations of a rule that are told with their pieces.
const SHOWN: usize = 2;

/// A line.
pub fn note(what: &str, told: &str) {
    println!("{what:<28}{told}");
}

/// How much of everything there was.
pub fn counts(history: &History, events: usize, seed: u64) {
    let mut kinds: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for operation in &history.operations {
        let kind = match &operation.deed {
            Deed::Issue(_) => "sessions issued",
            Deed::Request(_) => "requests",
            Deed::Revoke(_) => "revocations",
            Deed::Lift(_) => "lifted",
        };
        let [allowed, denied, unknown] = kinds.entry(kind).or_default();
        match operation.verdict {
            Verdict::Allowed => *allowed += 1,
            Verdict::Denied => *denied += 1,
            Verdict::Unknown => *unknown += 1,
        }
    }
    note("seed", &seed.to_string());
    for (kind, [allowed, denied, unknown]) in kinds {
        let unknown = if unknown == 0 { String::new() } else { format!(", {unknown} without a clear end") };
        note(kind, &format!("{allowed} allowed, {denied} denied{unknown}"));
    }
    note("events", &events.to_string());
}

/// What is wrong: how often each rule is broken, and the first pieces of history that show it.
pub fn violations(history: &History, violations: &[Violation]) {
    note("violations", &violations.len().to_string());
    let mut rules: BTreeMap<Rule, Vec<&Violation>> = BTreeMap::new();
    for violation in violations {
        rules.entry(violation.rule).or_default().push(violation);
    }
    for (rule, mut broken) in rules {
        println!("\n{} times: {rule}", broken.len());
        // The shortest pieces are the easiest to read.
        broken.sort_by_key(|violation| violation.piece.len());
        for violation in broken.iter().take(SHOWN) {
            println!("{}", violation.shown(history));
        }
    }
}
