//! Many cases, on every processor: generated, decided twice, and what disagrees explained.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::difference::{DIFFERENCES, predicted, reasons};
use super::process::{Answer, Simulator};
use super::translate::translate;
use super::{Outcome, ours};
use crate::{Case, Profile};

/// Requests that are on their way to a simulator at once.
const BATCH: u64 = 64;
/// Disagreements without a name after which there is enough to look at.
const UNEXPLAINED_MAX: usize = 12;

/// What to compare.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many cases.
    pub cases: u64,
    /// The first seed; the others follow it.
    pub seed: u64,
    /// The driver.
    pub driver: PathBuf,
    /// The package's entry file.
    pub package: PathBuf,
    /// How many simulators at once.
    pub workers: usize,
}

/// A case that came out otherwise than the table of differences lets expect, made small.
#[derive(Debug, Clone)]
pub struct Unexplained {
    /// The seed.
    pub seed: u64,
    /// The case.
    pub case: Case,
    /// What our engine says.
    pub ours: Option<Outcome>,
    /// What it says if it reads the case as the simulator does, as far as is known.
    pub predicted: Option<Outcome>,
    /// What the simulator says.
    pub theirs: Answer,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Cases that both decided.
    pub compared: u64,
    /// Cases on which both said the same.
    pub agreed: u64,
    /// Of those, how many were allowed.
    pub allowed: u64,
    /// Disagreements by the rows of the table that explain them.
    pub named: BTreeMap<Vec<&'static str>, u64>,
    /// Those that nothing explains.
    pub unexplained: Vec<Unexplained>,
}

impl Report {
    /// How often a row of the table explains a disagreement: alone, and with others.
    fn times(&self, name: &str) -> (u64, u64) {
        let found = self.named.iter().filter(|(names, _)| names.contains(&name));
        found.fold((0, 0), |(alone, together), (names, times)| {
            if names.len() == 1 { (alone + times, together) } else { (alone, together + times) }
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for found in &self.unexplained {
            let (ours, predicted, theirs) = (found.ours, found.predicted, &found.theirs);
            writeln!(
                out,
                "seed {}: here {ours:?}, there {theirs:?}, expected there {predicted:?}",
                found.seed
            )?;
            writeln!(out, "{}\n", found.case)?;
        }
        let differ: u64 = self.named.values().sum();
        writeln!(out, "{:>9} cases", self.compared)?;
        writeln!(out, "{:>9} agree, {} of them on an Allow", self.agreed, self.allowed)?;
        writeln!(out, "{differ:>9} differ in what is known to be read differently there:")?;
        writeln!(out, "    alone  together  how it is read there (what decides)")?;
        for difference in DIFFERENCES {
            let (alone, together) = self.times(difference.name);
            writeln!(out, "{alone:>9} {together:>9}  {} ({})", difference.name, difference.page)?;
        }
        write!(out, "{:>9} differ without a name", self.unexplained.len())
    }
}

/// Compares.
///
/// # Errors
/// When a simulator cannot be started or is lost.
pub fn compare(settings: &Settings) -> Result<Report, String> {
    let next = AtomicU64::new(0);
    let report = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..settings.workers.max(1)).map(|_| scope.spawn(|| work(settings, &next, &report))).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_| "a worker of the comparison panicked".to_owned())?
        })
    })?;
    report.into_inner().map_err(|_| "a worker of the comparison panicked".to_owned())
}

fn work(settings: &Settings, next: &AtomicU64, report: &Mutex<Report>) -> Result<(), String> {
    let mut simulator = Simulator::start(&settings.driver, &settings.package)?;
    loop {
        let first = next.fetch_add(BATCH, Ordering::Relaxed);
        if first >= settings.cases {
            return Ok(());
        }
        let seeds = (first..settings.cases.min(first + BATCH)).map(|number| settings.seed + number);
        let cases: Vec<(u64, Case)> = seeds.map(|seed| (seed, Case::of(Profile::Comparable, seed))).collect();
        let mut batch = Report::default();
        batch_of(&mut simulator, cases, &mut batch)?;
        let mut report = report.lock().map_err(|_| "a worker of the comparison panicked".to_owned())?;
        report.add(batch);
        if report.unexplained.len() >= UNEXPLAINED_MAX {
            next.store(settings.cases, Ordering::Relaxed);
        }
    }
}

fn batch_of(simulator: &mut Simulator, cases: Vec<(u64, Case)>, report: &mut Report) -> Result<(), String> {
    let requests: Vec<String> = cases.iter().filter_map(|(_, case)| translate(case)).collect();
    if requests.len() != cases.len() {
        return Err("a generated case cannot be said to the simulator".to_owned());
    }
    let answers = simulator.ask(&requests)?;
    for ((seed, case), theirs) in cases.into_iter().zip(answers) {
        let our = ours(&case);
        report.compared += 1;
        // Read as the simulator reads it, every case must come out as there, not only those that differ.
        let found = match &theirs {
            Answer::Decided(outcome) if predicted(&case) == Some(*outcome) => Some(*outcome),
            Answer::Decided(_) | Answer::Refused(_) => None,
        };
        match found {
            Some(outcome) if our == Some(outcome) => {
                report.agreed += 1;
                report.allowed += u64::from(outcome == Outcome::Allow);
            }
            Some(outcome) => *report.named.entry(reasons(&case, outcome)).or_default() += 1,
            None if report.unexplained.len() < UNEXPLAINED_MAX => {
                report.unexplained.push(shrunk(simulator, seed, &case, theirs)?);
            }
            None => {}
        }
    }
    Ok(())
}

/// The case made small: what counts is that it still comes out otherwise than it should, and is still refused if it
/// was.
fn shrunk(simulator: &mut Simulator, seed: u64, case: &Case, theirs: Answer) -> Result<Unexplained, String> {
    let was_refused = matches!(theirs, Answer::Refused(_));
    let mut lost = None;
    let mut answered = theirs;
    let small = case.shrink(&mut |smaller| {
        let Some(request) = translate(smaller).filter(|_| lost.is_none()) else { return false };
        match simulator.ask(&[request]).map(|mut answers| answers.pop()) {
            Ok(Some(answer)) => {
                let fails = match &answer {
                    Answer::Refused(_) => was_refused,
                    Answer::Decided(outcome) => {
                        !was_refused && predicted(smaller).is_some_and(|our| our != *outcome)
                    }
                };
                if fails {
                    answered = answer;
                }
                fails
            }
            Ok(None) => false,
            Err(error) => {
                lost = Some(error);
                false
            }
        }
    });
    match lost {
        Some(error) => Err(error),
        None => Ok(Unexplained {
            seed,
            ours: ours(&small),
            predicted: predicted(&small),
            theirs: answered,
            case: small,
        }),
    }
}

impl Report {
    fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.agreed += other.agreed;
        self.allowed += other.allowed;
        for (name, times) in other.named {
            *self.named.entry(name).or_default() += times;
        }
        self.unexplained.extend(other.unexplained);
    }
}
