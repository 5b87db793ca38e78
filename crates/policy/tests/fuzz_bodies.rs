//! The bodies of the fuzz targets without the fuzzer: on every seed, and on seeds that were cut up and put together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

#[path = "../../../fuzz/src/bodies/mod.rs"]
mod bodies;
#[path = "../../../fuzz/src/seeds.rs"]
mod seeds;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use seeds::Cases;

static CASES: LazyLock<Cases> = LazyLock::new(|| Cases::read(&corpus()));
static WORDS: LazyLock<Vec<String>> = LazyLock::new(words);

/// `corpus/` at the top of the repository.
fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

/// The words of the fuzzer's dictionary.
fn words() -> Vec<String> {
    let text = std::fs::read_to_string(corpus().join("../fuzz/policy.dict")).unwrap();
    let words: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'))
        .map(|word| word.replace("\\x00", "\0").replace("\\x01", "\u{1}"))
        .collect();
    assert!(words.len() > 50);
    words
}

/// One change of an input.
#[derive(Debug, Clone)]
enum Change {
    Cut(usize, usize),
    Put(usize, u8),
    Word(usize, usize),
    /// The rest of another seed.
    Splice(usize, usize, usize),
}

fn changes() -> impl Strategy<Value = (usize, Vec<Change>)> {
    let at = any::<u16>().prop_map(usize::from);
    let change = prop_oneof![
        (at.clone(), 0..12_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Put(at, byte)),
        (at.clone(), at.clone()).prop_map(|(at, word)| Change::Word(at, word)),
        (at.clone(), at.clone(), at.clone()).prop_map(|(at, seed, from)| Change::Splice(at, seed, from)),
    ];
    (at, proptest::collection::vec(change, 0..4))
}

fn changed(seeds: &[String], (seed, changes): (usize, Vec<Change>)) -> Vec<u8> {
    let seed_at = |number: usize| seeds[number % seeds.len()].as_bytes();
    let mut input = seed_at(seed).to_vec();
    for change in changes {
        let place = |at: usize, input: &[u8]| at % (input.len() + 1);
        match change {
            Change::Cut(at, length) => {
                let from = place(at, &input);
                let to = (from + length).min(input.len());
                input.drain(from..to);
            }
            Change::Put(at, byte) => input.insert(place(at, &input), byte),
            Change::Word(at, word) => {
                let at = place(at, &input);
                input.splice(at..at, WORDS[word % WORDS.len()].bytes());
            }
            Change::Splice(at, seed, from) => {
                input.truncate(place(at, &input));
                let other = seed_at(seed);
                input.extend(&other[place(from, other)..]);
            }
        }
    }
    input
}

/// Runs a body on every seed; `floor` is the least number of them.
fn on_all(seeds: &[String], floor: usize, body: fn(&[u8])) {
    assert!(seeds.len() >= floor, "only {} seeds", seeds.len());
    for seed in seeds {
        body(seed.as_bytes());
    }
}

#[test]
fn every_seed_holds() {
    on_all(&CASES.documents(), 200, bodies::parse);
    on_all(&CASES.patterns(), 200, bodies::pattern);
    on_all(&CASES.conditions(), 400, bodies::condition);
    on_all(&CASES.decisions(), 400, bodies::decision);
}

macro_rules! bounded {
    ($($name:ident: $seeds:ident, $cases:literal;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(changes in proptest::collection::vec(changes(), $cases)) {
                    static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| CASES.$seeds());
                    for change in changes {
                        bodies::$name(&changed(&SEEDS, change));
                    }
                }
            )*
        }
    };
}

bounded! {
    parse: documents, 10;
    pattern: patterns, 20;
    condition: conditions, 10;
    decision: decisions, 10;
}
