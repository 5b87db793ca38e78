//! The benchmark against other engines, which is a workspace of its own so that nothing else compiles them.

use std::process::Command;

use crate::steps::{root, variable};

/// Builds it as the product is built and runs it; the arguments are its own.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let status = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".to_owned()))
        .args(["run", "--release", "--quiet", "--locked", "--manifest-path", "bench/Cargo.toml", "--"])
        .args(arguments)
        .current_dir(root())
        .status()
        .map_err(|error| format!("the benchmark does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the benchmark failed: {status}")) }
}
