//! The engines against each other on generated cases: the same verdict, and statements that did decide.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_policy::{Document, Layers, PolicyKind, PolicyRef, Verdict, parse};
use portcullis_sim::{Case, Text};
use serde_json::{Value, json};

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

/// As many cases give their statements to one document.
const CROWD: u64 = 60;

/// The statements of one effect of all cases that are written in this version, in one document.
fn crowd(cases: &[Case], effect: &str, version: &str) -> Option<Document> {
    let written = |text: &Text| match text {
        Text::Written(text) => serde_json::from_str::<Value>(text).ok(),
        Text::FullAccess | Text::Unreadable => None,
    };
    let documents = cases.iter().flat_map(|case| &case.texts.identity).filter_map(written);
    let statements: Vec<Value> = documents
        .filter(|document| document.get("Version").and_then(Value::as_str).unwrap_or("2008-10-17") == version)
        .flat_map(|document| match &document["Statement"] {
            Value::Array(statements) => statements.clone(),
            statement => vec![statement.clone()],
        })
        .filter(|statement| statement["Effect"] == effect)
        .map(|mut statement| {
            statement.as_object_mut().unwrap().remove("Sid");
            statement
        })
        .collect();
    let text = json!({"Version": version, "Statement": statements}).to_string();
    (!statements.is_empty()).then(|| parse(&text, PolicyKind::Identity).unwrap().document)
}

/// What files long lists away must find in them what walking through them finds.
#[test]
fn crowds_of_statements_get_one_answer_from_all_engines() {
    let engines = support::engines();
    let mut allowed = [0, 0];
    let mut count = 0;
    for block in 0..40 {
        let seeds = 1_000_000 + block * CROWD..1_000_000 + (block + 1) * CROWD;
        let cases: Vec<Case> = seeds.map(Case::generate).collect();
        for (effect, allowed) in ["Allow", "Deny"].into_iter().zip(&mut allowed) {
            let mut documents: Vec<Document> = ["2008-10-17", "2012-10-17"]
                .iter()
                .filter_map(|version| crowd(&cases, effect, version))
                .collect();
            if effect == "Deny" {
                documents.push(Document::full_access());
            }
            let identity: Vec<_> =
                documents.iter().map(|document| PolicyRef { name: "crowd", document }).collect();
            let layers = Layers { identity: &identity, ..Layers::default() };
            for case in &cases {
                let verdicts: Vec<_> =
                    engines.iter().map(|engine| engine.decide(&case.request(), &layers).verdict).collect();
                assert!(
                    verdicts.windows(2).all(|pair| pair[0] == pair[1]),
                    "block {block}, {effect}: {verdicts:?}\n{case}"
                );
                count += 1;
                *allowed += usize::from(verdicts[0] == Verdict::Allow);
            }
        }
    }
    assert!(
        allowed.iter().all(|allowed| (count / 20..count / 2).contains(allowed)),
        "{allowed:?} of {count}"
    );
}
