//! Whether each operation has exactly one event.

use std::collections::{HashMap, HashSet};

use super::{History, Rule, Violation};

/// An event of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its own id.
    pub event: String,
    /// The id of the request that it tells of.
    pub request: String,
}

/// Operations without an event or with several. An operation without an answer has no id to look for.
pub fn recorded(history: &History, events: &[Recorded]) -> Vec<Violation> {
    let mut of_request: HashMap<&str, usize> = HashMap::new();
    let (mut ids, mut twice) = (HashSet::new(), HashSet::new());
    for Recorded { event, request } in events {
        *of_request.entry(request).or_default() += 1;
        if !ids.insert(event.as_str()) {
            twice.insert(request.as_str());
        }
    }
    let all = history.operations.iter().enumerate();
    all.filter_map(|(at, operation)| {
        let request = operation.request.as_deref()?;
        let rule = match of_request.get(request).copied().unwrap_or_default() {
            1 if !twice.contains(request) => return None,
            0 => Rule::Unrecorded,
            _ => Rule::RecordedTwice,
        };
        Some(Violation::new(rule, at, []))
    })
    .collect()
}
