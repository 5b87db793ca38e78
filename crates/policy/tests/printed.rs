//! A generated case is printed as a case of the corpus: read as one, it is the same case.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_policy::{Context, Request, decide};
use portcullis_sim::Case;
use support::case::{Policies, Terms};
use support::cast::{Cast, fill};

#[test]
fn a_printed_case_can_be_read_as_a_case_of_the_corpus() {
    for seed in 0..2_000 {
        let case = Case::generate(seed);
        let mut printed: serde_json::Value = serde_json::from_str(&case.to_string()).unwrap();
        let people = Cast::of(printed["cast"].take());
        let terms: Terms = serde_json::from_value(printed).unwrap();
        let caller = people.caller(terms.caller.as_deref().unwrap());
        assert_eq!(caller.principal, case.principal, "seed {seed}");
        let mut context = Context::new();
        fill(&mut context, &terms.context);
        assert_eq!(context, case.context, "seed {seed}");
        let request = Request {
            action: terms.action.as_deref().unwrap(),
            resource: terms.resource.as_deref().unwrap(),
            resource_account: terms.owner.as_deref().unwrap().parse().unwrap(),
            principal: &caller.principal,
            context: &context,
        };
        let verdict = Policies::read(&terms).layers(|layers| decide(&request, layers).verdict);
        let generated = case.parse().unwrap().layers(|layers| decide(&case.request(), layers).verdict);
        assert_eq!(verdict, generated, "seed {seed}:\n{case}");
    }
}
