//! Decisions compared with an implementation that is not ours: a simulator from the npm registry, pinned in
//! `tests/oracle`, installed below `target/` and run as processes of its own. It is never shipped.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::steps::{cargo, root};

/// Where the driver and the pinned versions are.
const ORACLE: &str = "tests/oracle";
const PINNED: [&str; 2] = ["package.json", "package-lock.json"];
/// The simulator's entry, from the folder in which it is installed.
const ENTRY: &str = "node_modules/@cloud-copilot/iam-simulate/dist/esm/index.js";
const NEEDED: &str =
    "the comparison needs Node.js 20 or newer with npm in the path (Debian: apt-get install nodejs npm)";
const NODE_MAJOR_MIN: u32 = 20;

/// Builds, installs and compares; the arguments are those of the comparison, `--cases N` and `--seed S`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    check_node()?;
    let package = install()?;
    let driver = root().join(ORACLE).join("driver.mjs").display().to_string();
    let package = package.display().to_string();
    let mut all =
        vec!["run", "--quiet", "--release", "--package", "portcullis-sim", "--bin", "differential", "--"];
    all.extend(["--driver", driver.as_str(), "--package", package.as_str()]);
    all.extend(arguments.iter().map(String::as_str));
    cargo(&all)
}

fn check_node() -> Result<(), String> {
    let version = printed("node", &["--version"])?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|text| text.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        return Err(format!("{NEEDED}; node says it is {version}"));
    }
    printed("npm", &["--version"]).map(drop)
}

fn printed(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{NEEDED}; {program}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{NEEDED}; {program}: {}", output.status)) }
}

/// The simulator's entry, installed anew when the pinned versions change.
fn install() -> Result<PathBuf, String> {
    let place = root().join("target/oracle");
    let stamp = place.join("installed");
    let wanted = PINNED
        .iter()
        .map(|name| {
            let path = root().join(ORACLE).join(name);
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let entry = place.join(ENTRY);
    if fs::read_to_string(&stamp).is_ok_and(|held| held == wanted.concat()) && entry.exists() {
        return Ok(entry);
    }
    let write = |path: PathBuf, text: &str| {
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    for (name, text) in PINNED.iter().zip(&wanted) {
        write(place.join(name), text)?;
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    let status = Command::new("npm").args(arguments).current_dir(&place).status();
    let status = status.map_err(|error| format!("{NEEDED}; npm: {error}"))?;
    if !status.success() {
        return Err(format!(
            "npm {} in {} failed: {status}; it needs the npm registry",
            arguments.join(" "),
            place.display(),
        ));
    }
    write(stamp, &wanted.concat())?;
    Ok(entry)
}
