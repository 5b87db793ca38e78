//! Time and allocations of decisions.
//!
//! All contestants take part in one run, taking turns: the one that has had the least time so far is next, so that
//! noise of the machine hits all alike and a slow one has fewer samples, but never fewer than [`SAMPLES_MIN`]. Before
//! each sample come some decisions that are not counted. The facts of a request are copied afresh before they are
//! decided, outside the clock: a server has just read them, so they are in the caches even where policies are not.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contestant::{Contestant, ENGINES};
use crate::counting::{allocations, bytes_of};
use crate::facts::Facts;
use crate::workload::{Order, Workload};

/// The least number of samples of a contestant.
const SAMPLES_MIN: usize = 5;

/// How long one sample should take: less than a scheduler's slice, so that most samples are not interrupted even where
/// the machine has other work, and the median is that of undisturbed ones.
const SAMPLE: Duration = Duration::from_micros(250);

/// How long an engine decides before a sample is taken.
const WARM_UP: Duration = Duration::from_millis(1);

/// Requests that are copied and decided together.
const CHUNK: usize = 16;

/// What one contestant did in one workload.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub engine: &'static str,
    /// The median of the samples, in nanoseconds per decision.
    pub median_ns: f64,
    /// The least.
    pub least_ns: f64,
    /// The one below which 99 of 100 lie.
    pub p99_ns: f64,
    /// Allocations per decision.
    pub allocations: f64,
    /// What the prepared world holds.
    pub bytes: usize,
    /// How many samples there were.
    pub samples: usize,
    /// Decisions per sample.
    pub decisions: usize,
}

/// Who takes part, with what has been measured.
struct Runner {
    engine: &'static str,
    contestant: Box<dyn Contestant>,
    bytes: usize,
    next: usize,
    decisions: usize,
    spent: Duration,
    samples: Vec<f64>,
    allocations: f64,
}

/// Verdicts of a workload on which all contestants agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// Requests that all allow.
    pub allowed: usize,
    /// Requests that all refuse.
    pub refused: usize,
}

impl Runner {
    /// Makes `decisions` decisions; the time is that of the decisions alone.
    fn decide(&mut self, workload: &Workload, decisions: usize) -> (Duration, usize) {
        let requests = &workload.requests;
        let mut elapsed = Duration::ZERO;
        let mut allocated = 0;
        let mut left = decisions;
        while left > 0 {
            let (facts, rounds) = match workload.order {
                Order::Repeated => (vec![requests[0].clone()], left),
                Order::InTurn => {
                    let chunk = CHUNK.min(left);
                    let copy = |at: usize| requests[(self.next + at) % requests.len()].clone();
                    let facts: Vec<Facts> = (0..chunk).map(copy).collect();
                    self.next = (self.next + chunk) % requests.len();
                    (facts, 1)
                }
            };
            let before = allocations();
            let began = Instant::now();
            for _ in 0..rounds {
                for facts in &facts {
                    black_box(self.contestant.allows(black_box(facts)));
                }
            }
            elapsed += began.elapsed();
            allocated += allocations() - before;
            left -= facts.len() * rounds;
        }
        (elapsed, allocated)
    }

    /// Finds out how many decisions make a sample.
    fn calibrate(&mut self, workload: &Workload) {
        self.decide(workload, 1);
        // Where requests differ, a sample is the mean of several.
        let mut decisions = if workload.order == Order::InTurn { CHUNK } else { 1 };
        loop {
            let (elapsed, _) = self.decide(workload, decisions);
            if elapsed >= SAMPLE || decisions >= 1 << 20 {
                self.decisions = decisions;
                return;
            }
            let missing = SAMPLE.as_secs_f64() / elapsed.as_secs_f64().max(1e-9);
            let factor = if missing < 1.5 { 2.0 } else { missing.min(10.0) };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "small and positive"
            )]
            let next = (decisions as f64 * factor).ceil() as usize;
            decisions = next;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of decisions are far below that")]
    fn sample(&mut self, workload: &Workload) {
        let began = Instant::now();
        // Others had the processor: the engine's own code comes back into the caches first, not its policies, of which
        // a workload in turn asks for others each time.
        self.decide(workload, 1);
        while began.elapsed() < WARM_UP {
            self.decide(workload, CHUNK.min(self.decisions));
        }
        let (elapsed, allocated) = self.decide(workload, self.decisions);
        self.samples.push(elapsed.as_nanos() as f64 / self.decisions as f64);
        self.allocations += allocated as f64 / self.decisions as f64;
        self.spent += began.elapsed();
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    fn row(mut self) -> Row {
        self.samples.sort_by(f64::total_cmp);
        let at = |part: usize| self.samples[(self.samples.len() * part / 100).min(self.samples.len() - 1)];
        Row {
            engine: self.engine,
            median_ns: at(50),
            least_ns: at(0),
            p99_ns: at(99),
            allocations: self.allocations / self.samples.len() as f64,
            bytes: self.bytes,
            samples: self.samples.len(),
            decisions: self.decisions,
        }
    }
}

fn runners(workload: &Workload) -> Vec<Runner> {
    let start = |engine: &crate::contestant::Engine| {
        let (mut contestant, bytes) = bytes_of(|| (engine.prepare)(&workload.world));
        contestant.settle(&workload.requests[..workload.requests.len().min(CHUNK)]);
        Runner {
            engine: engine.name,
            contestant,
            bytes,
            next: 0,
            decisions: 1,
            spent: Duration::ZERO,
            samples: Vec::new(),
            allocations: 0.0,
        }
    };
    ENGINES.iter().map(start).collect()
}

/// Holds every contestant's verdict on every request against that of the obvious engine.
///
/// # Errors
///
/// The first request on which one differs.
pub fn agreement(workload: &Workload) -> Result<Agreement, String> {
    let mut runners = runners(workload);
    agree(workload, &mut runners)
}

fn agree(workload: &Workload, runners: &mut [Runner]) -> Result<Agreement, String> {
    let mut judge = crate::contestant::obvious::prepare(&workload.world);
    let mut agreement = Agreement { allowed: 0, refused: 0 };
    for facts in &workload.requests {
        let verdict = judge.allows(facts);
        for runner in runners.iter_mut() {
            if runner.contestant.allows(facts) != verdict {
                let said = if verdict { "refuses" } else { "allows" };
                return Err(format!("{}: {} {said} {facts:?}", workload.name, runner.engine));
            }
        }
        if verdict {
            agreement.allowed += 1;
        } else {
            agreement.refused += 1;
        }
    }
    Ok(agreement)
}

/// Checks the verdicts, then measures for about this long.
///
/// # Errors
///
/// A verdict that differs.
pub fn run(workload: &Workload, budget: Duration) -> Result<(Agreement, Vec<Row>), String> {
    let mut runners = runners(workload);
    let agreement = agree(workload, &mut runners)?;
    for runner in &mut runners {
        runner.calibrate(workload);
    }
    let began = Instant::now();
    loop {
        let is_over = began.elapsed() >= budget;
        let candidates = runners.iter_mut().filter(|runner| !is_over || runner.samples.len() < SAMPLES_MIN);
        let Some(next) = candidates.min_by_key(|runner| runner.spent) else { break };
        next.sample(workload);
    }
    Ok((agreement, runners.into_iter().map(Runner::row).collect()))
}
