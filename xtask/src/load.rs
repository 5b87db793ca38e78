//! The scale target: `crates/server/examples/load` builds a large deployment and measures the real binary on it.

use std::process::Command;

use crate::e2e::binary;
use crate::steps::{cargo, root};

/// A deployment that is made and asked in seconds by a server that is not optimised.
const SMALL: &[&str] = &[
    "--users",
    "2500",
    "--roles",
    "300",
    "--policies",
    "400",
    "--starts",
    "1",
    "--asks",
    "2",
    "--edits",
    "20",
    "--answers-only",
];

/// Measures the server as it is shipped; the arguments are the example's own.
pub fn run(arguments: &[String]) -> Result<(), String> {
    cargo(&[
        "build",
        "--release",
        "--quiet",
        "--package",
        "portcullis-server",
        "--bins",
        "--example",
        "load",
    ])?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    measure("release", &arguments)
}

/// Whether it works at all, and answers are right; no time is held against a bound.
pub fn small() -> Result<(), String> {
    cargo(&["build", "--quiet", "--package", "portcullis-server", "--bins", "--example", "load"])?;
    measure("debug", SMALL)
}

fn measure(profile: &str, arguments: &[&str]) -> Result<(), String> {
    let debug = binary();
    let target = debug.parent().and_then(|debug| debug.parent()).ok_or("there is no target folder")?;
    let built = target.join(profile);
    let status = Command::new(built.join("examples/load"))
        .arg("--server")
        .arg(built.join("portcullis"))
        .args(arguments)
        .current_dir(root())
        .status()
        .map_err(|error| format!("the measurement does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the scale target is missed: {status}")) }
}
