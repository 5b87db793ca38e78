//! The comparison without the other side: its table of differences, and how a case becomes small.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::path::Path;

use portcullis_policy::{Verdict, decide};
use portcullis_sim::oracle::DIFFERENCES;
use portcullis_sim::{Case, Profile};

const CASES: u64 = 20_000;

#[test]
fn every_difference_comes_up_and_leaves_documents_that_can_be_read() {
    let mut silent: Vec<&str> = Vec::new();
    for difference in DIFFERENCES {
        let changed = (0..CASES)
            .map(|seed| Case::of(Profile::Comparable, seed))
            .map(|case| (difference.applied_to(&case), case))
            .filter(|(read, case)| read != case)
            .take(3);
        let mut times = 0;
        for (read, case) in changed {
            times += 1;
            if let Err(error) = read.parse() {
                panic!("{}: {error}\n{case}\n{read}", difference.name);
            }
        }
        if times == 0 {
            silent.push(difference.name);
        }
    }
    assert!(silent.is_empty(), "no case of the first {CASES} is read differently by: {silent:#?}");
}

#[test]
fn every_difference_is_told_to_readers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../DIFFERENCES.md");
    let text = std::fs::read_to_string(path).unwrap();
    let missing: Vec<&str> =
        DIFFERENCES.iter().map(|difference| difference.name).filter(|name| !text.contains(name)).collect();
    assert!(missing.is_empty(), "DIFFERENCES.md does not tell of: {missing:#?}");
}

fn verdict(case: &Case) -> Verdict {
    let parsed = case.parse().unwrap();
    parsed.layers(|layers| decide(&case.request(), layers).verdict)
}

#[test]
fn a_shrunk_case_still_fails_and_nothing_more_can_be_left_out() {
    for seed in 0..40 {
        let case = Case::generate(seed);
        let wanted = verdict(&case);
        let small = case.shrink(&mut |smaller| verdict(smaller) == wanted);
        assert_eq!(verdict(&small), wanted, "seed {seed}");
        assert!(small.to_string().len() < case.to_string().len(), "seed {seed}");
        // An allowed request needs one statement in each layer that has to allow; no condition is ever needed.
        if wanted == Verdict::Allow {
            assert!(!small.to_string().contains("\"Condition\""), "seed {seed}: {small}");
            assert_eq!(small.context.iter().count(), 0, "seed {seed}: {small}");
        }
        let again = small.shrink(&mut |smaller| verdict(smaller) == wanted);
        assert_eq!(again, small, "seed {seed}");
    }
}
