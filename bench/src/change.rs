//! What a changed policy costs: a document of ten kilobytes is read and made ready. Ours alone; the others are asked
//! about decisions.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contestant::ours;
use crate::policy::{Policy, Statement};
use crate::workload::allow;

/// The size that the text comes near to, from below.
const TEXT_BYTES: usize = 10_240;

/// The figures.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// Length of the text.
    pub text_bytes: usize,
    /// Its statements.
    pub statements: usize,
    /// Reading the text: median, in nanoseconds.
    pub read_ns: f64,
    /// Making ready what was read: median, in nanoseconds.
    pub compile_ns: f64,
}

/// A policy of ten kilobytes.
fn policy() -> Policy {
    let mut statements: Vec<Statement> = Vec::new();
    let mut fitting = Policy::new(Vec::new());
    loop {
        statements.push(allow("", statements.len()));
        let policy = Policy::new(statements.clone());
        if policy.text.len() > TEXT_BYTES {
            return fitting;
        }
        fitting = policy;
    }
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// Measures for about this long.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of one compilation")]
pub fn run(budget: Duration) -> Change {
    let policy = policy();
    let (mut reading, mut compiling) = (Vec::new(), Vec::new());
    let began = Instant::now();
    while began.elapsed() < budget || reading.len() < 20 {
        let start = Instant::now();
        let document = ours::read(black_box(&policy.text));
        let read = Instant::now();
        let compiled = black_box(ours::compile(&document));
        let ready = Instant::now();
        drop(compiled);
        reading.push((read - start).as_nanos() as f64);
        compiling.push((ready - read).as_nanos() as f64);
    }
    Change {
        text_bytes: policy.text.len(),
        statements: policy.statements.len(),
        read_ns: median(&mut reading),
        compile_ns: median(&mut compiling),
    }
}
