//! Decisions of this project's engine beside those of others: same requests, equivalent policies, one run.
//!
//! See README.md for how to read what is printed.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on stops"))]

mod arguments;
mod change;
mod contestant;
mod counting;
mod facts;
mod measure;
mod memory;
mod policy;
mod random;
mod table;
mod targets;
mod workload;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use arguments::{Arguments, Output};
use table::Measured;
use workload::Workload;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

static TALKATIVE: AtomicBool = AtomicBool::new(false);

/// Whether remarks may stand between the tables.
pub fn is_talkative() -> bool {
    TALKATIVE.load(Ordering::Relaxed)
}

/// How a workload is made.
type Make = fn(bool) -> Workload;

/// The workloads by name, in the order of their tables; the flag asks for the quick form.
const WORKLOADS: &[(&str, Make)] = &[
    // First, on a heap that nothing else has left holes in: as of a server that has just read its policies.
    ("cold", |quick| workload::cold(if quick { 1_000 } else { 10_000 })),
    ("hot", |_| workload::repeated("hot", 100, 1)),
    ("flat small", |_| workload::repeated("flat small", 10, 1)),
    ("flat large", |_| workload::repeated("flat large", 10_000, 10_000)),
    ("sweep 10", |_| workload::repeated("sweep 10", 10, 1)),
    ("sweep 100", |_| workload::repeated("sweep 100", 100, 1)),
    ("sweep 1000", |_| workload::repeated("sweep 1000", 1_000, 1)),
    ("sweep 10000", |_| workload::repeated("sweep 10000", 10_000, 1)),
    ("varied", |_| workload::varied(1_000, 256)),
    ("hostile", |_| workload::hostile(1_000)),
];

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::FAILURE;
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let is_text = arguments.output == Output::Text;
    TALKATIVE.store(is_text, Ordering::Relaxed);
    let mut all = Vec::new();
    for (name, make) in WORKLOADS.iter().filter(|(name, _)| arguments.wants(name)) {
        let workload = make(arguments.quick);
        if arguments.check {
            let agreement = measure::agreement(&workload)?;
            println!("{name}: all agree ({} allowed, {} refused)", agreement.allowed, agreement.refused);
            continue;
        }
        let (agreement, rows) = measure::run(&workload, arguments.budget())?;
        let measured = Measured { name: workload.name, title: workload.title, agreement, rows };
        if is_text && !name.starts_with("sweep") {
            table::print(&measured);
        }
        all.push(measured);
    }
    if arguments.check {
        return Ok(());
    }
    let change = arguments.wants("change").then(|| change::run(arguments.budget() / 4));
    let memory =
        arguments.wants("memory").then(|| memory::run(if arguments.quick { 100_000 } else { 1_000_000 }));
    let targets = targets::targets(&all, change.as_ref(), memory.as_ref());
    if is_text {
        table::print_sweep(&all);
        change.iter().for_each(table::print_change);
        memory.iter().for_each(table::print_memory);
        table::print_targets(&targets);
    } else {
        println!("{:#}", table::json(&all, change.as_ref(), memory.as_ref(), &targets));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contestants_agree() {
        let small = [
            workload::repeated("hot", 20, 1),
            workload::repeated("long lists", 30, 60),
            workload::varied(60, 400),
            workload::cold(40),
            workload::hostile(30),
        ];
        for workload in small {
            let agreement = measure::agreement(&workload).unwrap();
            assert!(agreement.allowed > 0, "{} allows nothing", workload.name);
            if workload.requests.len() > 1 {
                assert!(agreement.refused > 0, "{} refuses nothing", workload.name);
            }
        }
    }

    #[test]
    fn everybody_is_built_as_the_product_is() {
        let profile = |text: &str| -> Vec<String> {
            let behind = text.split("[profile.release]").nth(1).unwrap_or_default();
            behind.lines().skip(1).take_while(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        let product = profile(include_str!("../../Cargo.toml"));
        assert!(!product.is_empty());
        assert_eq!(profile(include_str!("../Cargo.toml")), product);
    }
}
