//! A failing case made small: policies, levels, statements, elements, values and keys are left out one by one, and
//! actions and resources widened to `*`, for as long as it still fails.

use serde_json::Value;

use crate::case::{Case, Owner, Text};

impl Case {
    /// The smallest case that these steps reach for which `still_fails` holds, as it does for this one.
    ///
    /// Every case asked about can be parsed.
    #[must_use]
    pub fn shrink(&self, still_fails: &mut dyn FnMut(&Self) -> bool) -> Self {
        let mut best = self.clone();
        loop {
            let mut place = 0;
            let mut is_smaller = false;
            while let Some(step) = steps(&best).into_iter().nth(place) {
                if step.parse().is_ok() && still_fails(&step) {
                    best = step;
                    is_smaller = true;
                } else {
                    place += 1;
                }
            }
            if !is_smaller {
                return best;
            }
        }
    }
}

/// The levels of a guardrail, where it applies.
type Levels = Option<Vec<Vec<Text>>>;

/// Every case that is one step smaller.
fn steps(case: &Case) -> Vec<Case> {
    let mut steps = Vec::new();
    let mut without = |edit: &dyn Fn(&mut Case)| {
        let mut smaller = case.clone();
        edit(&mut smaller);
        if smaller != *case {
            steps.push(smaller);
        }
    };
    without(&|case| case.texts.revocations.clear());
    without(&|case| case.texts.boundary = None);
    without(&|case| case.texts.session = None);
    without(&|case| case.texts.scps = None);
    without(&|case| case.texts.rcps = None);
    without(&|case| case.texts.resolved.clear());
    without(&|case| {
        if matches!(case.texts.resource, Owner::Policy(_)) {
            case.texts.resource = Owner::None;
        }
    });
    for place in 0..case.texts.identity.len() {
        without(&|case| drop(case.texts.identity.remove(place)));
    }
    for levels in [scps as fn(&mut Case) -> &mut Levels, rcps] {
        let count = levels(&mut case.clone()).as_ref().map_or(0, Vec::len);
        for place in 0..count {
            without(&|case| {
                if let Some(levels) = levels(case) {
                    levels.remove(place);
                }
            });
            without(&|case| {
                if let Some(level) = levels(case).as_mut().and_then(|levels| levels.get_mut(place)) {
                    level.truncate(1);
                }
            });
            without(&|case| {
                if let Some(level) = levels(case).as_mut().and_then(|levels| levels.get_mut(place)) {
                    level.drain(..level.len().min(1));
                }
            });
        }
    }
    for (key, _) in case.context.iter() {
        without(&|case| case.context.remove(key));
    }
    let count = case.clone().documents().len();
    for place in 0..count {
        for smaller in case.clone().documents().get(place).map(|text| smaller_texts(text)).unwrap_or_default()
        {
            without(&|case| {
                if let Some(text) = case.documents().get_mut(place) {
                    **text = Text::Written(smaller.clone());
                }
            });
        }
    }
    steps
}

fn scps(case: &mut Case) -> &mut Levels {
    &mut case.texts.scps
}

fn rcps(case: &mut Case) -> &mut Levels {
    &mut case.texts.rcps
}

fn smaller_texts(text: &Text) -> Vec<String> {
    let Text::Written(text) = text else { return Vec::new() };
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let mut found = Vec::new();
    smaller_values(&document, &mut |value| found.push(value.to_string()));
    found
}

/// Calls `found` with the value less one part, for every part, large ones first.
fn smaller_values(value: &Value, found: &mut dyn FnMut(Value)) {
    match value {
        Value::Array(elements) => {
            for place in 0..elements.len() {
                let mut fewer = elements.clone();
                fewer.remove(place);
                found(Value::Array(fewer));
            }
            for (place, element) in elements.iter().enumerate() {
                smaller_values(element, &mut |smaller| {
                    let mut changed = elements.clone();
                    if let Some(element) = changed.get_mut(place) {
                        *element = smaller;
                    }
                    found(Value::Array(changed));
                });
            }
        }
        Value::Object(members) => {
            for name in members.keys() {
                let mut fewer = members.clone();
                fewer.shift_remove(name);
                found(Value::Object(fewer));
            }
            for (name, member) in members {
                let mut put = |smaller: Value| {
                    let mut changed = members.clone();
                    changed.insert(name.clone(), smaller);
                    found(Value::Object(changed));
                };
                if matches!(name.as_str(), "Action" | "Resource" | "Principal") && *member != "*" {
                    put(Value::from("*"));
                }
                smaller_values(member, &mut put);
            }
        }
        _ => {}
    }
}
