//! The engines against each other on generated cases: the same verdict, and statements that did decide.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_sim::Case;

/// As many cases in a run of the tests.
const CASES: u64 = 20_000;

fn compare(seeds: std::ops::Range<u64>) {
    let engines = support::engines();
    for seed in seeds {
        let case = Case::generate(seed);
        let parsed = case.parse().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        parsed.layers(|layers| {
            let verdicts: Vec<_> =
                engines.iter().map(|engine| engine.decide(&case.request(), layers).verdict).collect();
            assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}: {verdicts:?}\n{case}");
        });
    }
}

#[test]
fn generated_cases_get_one_answer_from_all_engines() {
    compare(0..CASES);
}

#[test]
#[ignore = "takes minutes; run it with --release and --ignored"]
fn millions_of_cases_get_one_answer_from_all_engines() {
    compare(CASES..2_000_000);
}
