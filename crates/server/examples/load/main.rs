//! The scale target, measured on the real binary: a deployment of 100,000 users, 20,000 roles and 50,000 managed
//! policies is written into a data directory, `portcullis serve` is started on it, and its start, its memory, its lists
//! and the time until an edit of a policy is met by the next request are held against their bounds.
//!
//! ```text
//! data (records into the store) -> server (start, memory) -> lists, edits (signed requests) -> report (the table)
//! ```
//!
//! `cargo xtask load` builds it as the product is built and runs it.

mod client;
#[path = "../common/mod.rs"]
mod common;
mod data;
mod documents;
mod edits;
mod lists;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use client::Client;
use common::Failure;
use common::server::{self, Server};
use data::{Sizes, Written};
use report::Report;

/// From exec to the first answer that it is ready.
const START_BOUND: Duration = Duration::from_secs(2);
/// Resident bytes for each user and role, without the texts of policies and what an empty server takes.
const PRINCIPAL_BYTES_BOUND: u64 = 1024;
/// Until a server that has just started is asked for its memory.
const SETTLE: Duration = Duration::from_secs(2);

/// Measures the scale target.
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Cli {
    /// The server to measure.
    #[arg(long, value_name = "FILE")]
    server: PathBuf,
    /// How much there is of everything.
    #[command(flatten)]
    sizes: Sizes,
    /// How often the server is started; the median counts.
    #[arg(long, default_value_t = 3, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 40, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    asks: u32,
    /// How many policies are edited.
    #[arg(long, default_value_t = 200, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    edits: u32,
    /// Where to make the deployment, which stays there [default: a temporary directory, which is removed].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Fail only on wrong answers: no bound counts.
    #[arg(long)]
    answers_only: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let place = cli
        .data
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("portcullis-load-{}", std::process::id())));
    let outcome = measure(&cli, &place).await;
    if cli.data.is_none() {
        let _ = std::fs::remove_dir_all(&place);
    }
    match outcome {
        Ok(report) => ExitCode::from(u8::from(!cli.answers_only && !report.is_met())),
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(cli: &Cli, place: &Path) -> Result<Report, Failure> {
    let quotas = [
        ("users", cli.sizes.users + 1),
        ("roles", cli.sizes.roles + 1),
        ("policies", cli.sizes.policies + 1),
    ];
    // The first start makes the deployment, and shows what a server with nobody in it takes.
    let empty = Server::start(&cli.server, place, &quotas, None)?;
    tokio::time::sleep(SETTLE).await;
    let empty_bytes = empty.resident_bytes()?;
    empty.stop()?;
    let written = data::write(place, &cli.sizes).await?;

    let mut report = Report::new(&cli.sizes, &written);
    let mut starts = Vec::new();
    for _ in 1..cli.starts {
        let server = Server::start(&cli.server, place, &quotas, None)?;
        starts.push(server.took);
        server.stop()?;
    }
    let server = Server::start(&cli.server, place, &quotas, None)?;
    starts.push(server.took);
    report.duration("start, until it says that it is ready", report::median(&mut starts), START_BOUND);
    tokio::time::sleep(SETTLE).await;
    memory(&mut report, &server, &written, empty_bytes)?;

    let mut root = Client::connect(&server.endpoint, server::root()).await?;
    lists::measure(&mut root, &cli.sizes, cli.asks, &mut report).await?;
    edits::measure(&mut root, &server.endpoint, &written, cli.edits, &mut report).await?;
    report::note("resident after the requests", &common::figures::megabytes(server.resident_bytes()?));
    server.stop()?;
    Ok(report)
}

/// What every user and role costs: all that this server takes more than one with nobody in it, groups, managed
/// policies, keys and indexes among it, but for the texts of documents.
fn memory(report: &mut Report, server: &Server, written: &Written, empty: u64) -> Result<(), Failure> {
    let resident = server.resident_bytes()?;
    report::note("resident after the start", &common::figures::megabytes(resident));
    report::note("  texts of documents", &common::figures::megabytes(written.document_bytes));
    report::note("  a server with nobody in it", &common::figures::megabytes(empty));
    let beyond = resident.saturating_sub(written.document_bytes);
    let principals = written.principals.max(1);
    report.bytes(
        "memory for each principal",
        beyond.saturating_sub(empty) / principals,
        PRINCIPAL_BYTES_BOUND,
    );
    report::note("  with its share of an empty server's", &format!("{} B", beyond / principals));
    Ok(())
}
