//! Revocations held against their contract on the real binary, and how long it takes to cut:
//! `crates/server/examples/history`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::e2e::binary;
use crate::steps::{cargo, root};

/// What a run makes of revocations in a test.
const SMALL: &str = "2000";
/// What a measurement makes of them in a test.
const MEASURED: &str = "20";
/// Enough to find a bug that is there.
const PLANTED: &str = "300";
/// Few, so that it happens that nothing is written between a revocation and the next session.
const PLANTED_WORKERS: &str = "4";
/// Bugs that a build can have, each of which must be found: `crates/service/src/planted.rs`.
const BUGS: &[&str] = &["stale-cache", "lost-event", "lost-audit", "cutoff"];
/// Stands in every build that can have bugs.
const MARK: &[u8] = b"PORTCULLIS_PLANTED_BUG";

/// Checks the server as it is shipped; the arguments are the example's own.
pub fn run(arguments: &[String]) -> Result<(), String> {
    released("check", arguments)
}

/// Measures the server as it is shipped.
pub fn cut(arguments: &[String]) -> Result<(), String> {
    released("cut", arguments)
}

/// A short run, and one with each planted bug.
pub fn small() -> Result<(), String> {
    let planted = planted()?;
    let build = ["build", "--quiet", "--package", "portcullis-server", "--bins", "--example", "history"];
    cargo(&build)?;
    let folder = target()?.join("debug");
    let server = folder.join("portcullis");
    if is_marked(&server)? || !is_marked(&planted)? {
        return Err("the bugs are in the wrong build".to_owned());
    }
    drive(&folder, &server, &["check", "--revocations", SMALL])?;
    // Its times say nothing here; that nobody is allowed after the return does.
    drive(&folder, &server, &["cut", "--revocations", MEASURED])?;
    for bug in BUGS {
        println!("\nwith a planted bug: {bug}");
        let run = ["check", "--revocations", PLANTED, "--workers", PLANTED_WORKERS, "--planted", bug];
        drive(&folder, &planted, &run)?;
    }
    Ok(())
}

/// The server with the feature that has bugs, apart from the other.
fn planted() -> Result<PathBuf, String> {
    let features = ["--features", "planted-bugs"];
    let build = ["build", "--quiet", "--package", "portcullis-server", "--bins"];
    cargo(&[build.as_slice(), features.as_slice()].concat())?;
    let place = target()?.join("portcullis-with-planted-bugs");
    fs::copy(binary(), &place).map_err(|error| format!("{}: {error}", place.display()))?;
    Ok(place)
}

fn is_marked(server: &Path) -> Result<bool, String> {
    let bytes = fs::read(server).map_err(|error| format!("{}: {error}", server.display()))?;
    Ok(bytes.windows(MARK.len()).any(|window| window == MARK))
}

fn target() -> Result<PathBuf, String> {
    let debug = binary();
    let target = debug.parent().and_then(Path::parent).ok_or("there is no target folder")?;
    Ok(target.to_owned())
}

fn released(task: &str, arguments: &[String]) -> Result<(), String> {
    let build =
        ["build", "--release", "--quiet", "--package", "portcullis-server", "--bins", "--example", "history"];
    cargo(&build)?;
    let folder = target()?.join("release");
    let own = arguments.iter().map(String::as_str);
    let arguments: Vec<&str> = [task].into_iter().chain(own).collect();
    drive(&folder, &folder.join("portcullis"), &arguments)
}

fn drive(folder: &Path, server: &Path, arguments: &[&str]) -> Result<(), String> {
    let status = Command::new(folder.join("examples/history"))
        .args(arguments)
        .arg("--server")
        .arg(server)
        .current_dir(root())
        .status()
        .map_err(|error| format!("the check does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("revocations do not keep their contract: {status}")) }
}
