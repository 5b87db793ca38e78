//! Revocations held against their contract on the real binary: workers issue sessions, use them, revoke and lift at
//! once, as a seed says; what they saw, and the audit trail, go to the checker, which knows the contract and nothing
//! else (`portcullis_sim::history`).
//!
//! ```text
//! stage (who is there) -> workers (scripts) -> log (the history) -> checker <- trail (the audit files)
//! ```
//!
//! `cargo xtask history` builds it and runs it; `cargo xtask cut` measures with it how long it takes to cut (`cut`).

mod client;
#[path = "../common/mod.rs"]
mod common;
mod cut;
mod log;
mod report;
mod stage;
mod trail;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use portcullis_sim::history::{Rule, check, recorded};

use common::Failure;
use common::server::Server;
use stage::Stage;
use worker::Worker;

/// Roles and users that a long run makes.
const QUOTAS: [(&str, usize); 2] = [("users", 1_000_000), ("roles", 1_000_000)];

/// Revocations of a check, if nothing else is said.
const CHECKED: usize = 100_000;
/// Revocations that are measured.
const MEASURED: usize = 2000;

/// Checks revocations on a real server, or measures them.
#[derive(Debug, Parser)]
#[command(name = "history")]
struct Cli {
    /// The server.
    #[arg(long, global = true, default_value = "target/release/portcullis", value_name = "FILE")]
    server: PathBuf,
    /// How many revocations are made at least.
    #[arg(long, global = true, value_name = "COUNT")]
    revocations: Option<usize>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Holds a history against the contract.
    Check {
        /// What decides what is done.
        #[arg(long, default_value_t = 1, value_name = "NUMBER")]
        seed: u64,
        /// How many do it at once.
        #[arg(long, default_value_t = 12, value_name = "COUNT")]
        workers: usize,
        /// A bug that the server has, which must be found.
        #[arg(long, value_name = "NAME")]
        planted: Option<String>,
    },
    /// Measures how long it takes to cut.
    Cut {
        /// How many connections are busy meanwhile.
        #[arg(long, default_value_t = 16, value_name = "COUNT")]
        busy: usize,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let place = std::env::temp_dir().join(format!("portcullis-history-{}", std::process::id()));
    let outcome = match &cli.task {
        Task::Check { seed, workers, planted } => {
            checked(&cli, &place, *seed, *workers, planted.as_deref()).await
        }
        Task::Cut { busy } => {
            cut::measure(&cli.server, &place, cli.revocations.unwrap_or(MEASURED), *busy).await
        }
    };
    let _ = std::fs::remove_dir_all(&place);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("history: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a planted bug must be found by.
fn found_by(bug: &str) -> Result<Rule, Failure> {
    match bug {
        "stale-cache" | "lost-event" => Ok(Rule::Holds),
        "lost-audit" => Ok(Rule::Unrecorded),
        "cutoff" => Ok(Rule::NobodyElse),
        _ => Err(format!("there is no bug named {bug}").into()),
    }
}

async fn checked(
    cli: &Cli,
    place: &Path,
    seed: u64,
    workers: usize,
    planted: Option<&str>,
) -> Result<(), Failure> {
    let wanted = planted.map(found_by).transpose()?;
    let server = Server::start(&cli.server, place, &QUOTAS, planted)?;
    let began = common::instant();
    let stage = Arc::new(Stage::set(&server.endpoint, cli.revocations.unwrap_or(CHECKED)).await?);
    let mut running = tokio::task::JoinSet::new();
    for number in 0..workers {
        let worker = Worker::new(&stage, seed.wrapping_mul(1_000_003).wrapping_add(number as u64)).await?;
        running.spawn(worker.work());
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let took = began.elapsed();
    let resident = server.resident_bytes()?;
    let started = server.took;
    server.stop()?;

    let history = stage.log.taken();
    let events = trail::read(place)?;
    let mut violations = check(&history);
    violations.extend(recorded(&history, &events));
    report::counts(&history, events.len(), seed);
    report::note(
        "server",
        &format!(
            "ready in {}, {} at the end",
            common::figures::shown(started),
            common::figures::megabytes(resident)
        ),
    );
    report::note("took", &format!("{:.1} s", took.as_secs_f64()));
    report::violations(&history, &violations);
    match wanted {
        None if violations.is_empty() => Ok(()),
        None => Err(format!("the contract is broken; again: --seed {seed}").into()),
        Some(rule) if violations.iter().any(|violation| violation.rule == rule) => Ok(()),
        Some(_) => Err(format!("the planted bug was not found; again: --seed {seed}").into()),
    }
}
