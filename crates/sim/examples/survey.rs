//! What the generator makes: the share of each verdict, and how many cases a second are made and decided.
//!
//!     cargo run --release -p portcullis-sim --example survey -- [CASES]

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a measurement by hand: it reads the clock and stops where it cannot go on"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use portcullis_policy::decide;
use portcullis_sim::{Case, Profile};

fn main() {
    let count: u64 = std::env::args().nth(1).map_or(100_000, |text| text.parse().expect("a number of cases"));
    for profile in [Profile::Everything, Profile::Comparable] {
        let began = Instant::now();
        let mut made = 0_usize;
        for seed in 0..count {
            made += Case::of(profile, seed).texts.identity.len();
        }
        let making = began.elapsed().as_secs_f64();
        let began = Instant::now();
        for seed in 0..count {
            made += usize::from(Case::of(profile, seed).parse().is_ok());
        }
        let parsing = began.elapsed().as_secs_f64();
        let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
        for seed in 0..count {
            let case = Case::of(profile, seed);
            let parsed = case.parse().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let decision = parsed.layers(|layers| decide(&case.request(), layers));
            *verdicts.entry(format!("{:?}", decision.verdict)).or_default() += 1;
        }
        println!("{profile:?}: {count} cases ({made})");
        println!("  {:>9.0} cases/s made", count as f64 / making);
        println!("  {:>9.0} cases/s made and parsed", count as f64 / parsing);
        for (verdict, times) in verdicts {
            println!("  {:5.1}% {verdict}", 100.0 * times as f64 / count as f64);
        }
    }
}
