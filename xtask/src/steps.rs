//! The one command that runs every check, a step after the other, stopping at the first that fails.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::{differential, e2e, history, load, tidy};

/// The root of the checkout.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// Runs a command at the root and says what it was if it fails.
pub fn command(program: &str, arguments: &[&str]) -> Result<(), String> {
    let shown = format!("{program} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .status()
        .map_err(|error| format!("{shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown} failed: {status}")) }
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "a task is told its tools by cargo's environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Runs the cargo that runs this.
pub fn cargo(arguments: &[&str]) -> Result<(), String> {
    command(&variable("CARGO").unwrap_or_else(|| "cargo".to_owned()), arguments)
}

#[expect(clippy::disallowed_methods, reason = "how long a step took is for the person who waits")]
fn step(name: &str, run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    println!("── {name}");
    let began = Instant::now();
    run()?;
    println!("── {name}: done in {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Everything that needs nothing but the toolchain.
pub fn without_clients() -> Result<(), String> {
    step("format", || cargo(&["fmt", "--all", "--check"]))?;
    step("tidiness", tidy::run)?;
    step("lints", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"])
    })?;
    step("unit and property tests", || cargo(&["test", "--workspace", "--quiet"]))
}

/// Everything.
pub fn everything() -> Result<(), String> {
    without_clients()?;
    step("decisions compared with another implementation", || differential::run(&[]))?;
    step("a larger deployment", load::small)?;
    step("revocations held against their contract", history::small)?;
    step("end-to-end tests", || e2e::run(&[]))
}
