//! A decision of the serving engine allocates nothing, its context included, but for the forms that are named.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use allocation_counter::measure;
use portcullis_sim::Case;
use support::serving::{Serving, Sources};

/// As many generated cases.
const CASES: u64 = 5_000;

/// The forms that cost an allocation: patterns that are made anew for each request because a variable stands among
/// wildcards, and variables where case does not count.
fn may_allocate(case: &Case) -> bool {
    let text = case.to_string();
    let folds = ["bool", "ignorecase"].iter().any(|operator| text.to_lowercase().contains(operator));
    !text.is_ascii() || mixes_variables_with_wildcards(&text) || folds && text.contains("${")
}

/// Whether one of the strings of the case has a variable and a wildcard other than one at its end.
fn mixes_variables_with_wildcards(text: &str) -> bool {
    text.split('"').any(|string| {
        let Some((before, rest)) = string.split_once("${") else { return false };
        let (_, behind) = rest.rsplit_once('}').unwrap_or_default();
        let inner = behind.strip_suffix('*').unwrap_or(behind);
        [before, inner].iter().any(|part| part.contains(['*', '?']))
            || rest.contains("${") && rest.contains(['*', '?'])
            || before.matches(':').count() < 5
    })
}

#[test]
fn generated_cases_are_decided_without_allocating() {
    let mut counted = 0;
    for seed in 0..CASES {
        let case = Case::generate(seed);
        let parsed = case.parse().unwrap();
        parsed.layers(|layers| {
            let serving = Serving { sources: Sources::Apart };
            serving.served(&case.request(), layers, |request, served| {
                let decided = measure(|| {
                    let _ = portcullis_policy::serving::decide(request, served);
                });
                if may_allocate(&case) {
                    return;
                }
                counted += 1;
                assert_eq!(decided.count_total, 0, "seed {seed}\n{case}");
            });
        });
    }
    assert!(counted > CASES / 5, "only {counted} cases had none of the forms that allocate");
}
