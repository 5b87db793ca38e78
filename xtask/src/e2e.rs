//! The end-to-end tests: the real binary, driven by the AWS CLI and boto3 from a virtual environment of pinned
//! versions, some of them under libfaketime.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{cargo, command, root, variable};

const REQUIREMENTS: &str = "tests/e2e/requirements.txt";
/// Where Debian and its descendants put the library, by architecture.
const FAKETIME: &str = "faketime/libfaketime.so.1";

/// Builds the server, prepares the clients and runs pytest.
pub fn run(arguments: &[String]) -> Result<(), String> {
    cargo(&["build", "--quiet", "--package", "portcullis-server"])?;
    install_faketime()?;
    let python = environment()?;
    let status = Command::new(python)
        .args(["-m", "pytest", "tests/e2e", "-q"])
        .args(arguments)
        .env("PORTCULLIS_BIN", binary())
        .current_dir(root())
        .status()
        .map_err(|error| format!("pytest: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the end-to-end tests failed: {status}")) }
}

/// The server as cargo builds it.
pub fn binary() -> PathBuf {
    let target = variable("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("debug/portcullis")
}

/// The virtual environment's Python, made anew when the pinned versions change.
pub fn environment() -> Result<PathBuf, String> {
    let place = root().join("target/venv");
    let python = place.join("bin/python");
    let stamp = place.join("requirements.txt");
    let wanted =
        fs::read_to_string(root().join(REQUIREMENTS)).map_err(|error| format!("{REQUIREMENTS}: {error}"))?;
    if fs::read_to_string(&stamp).is_ok_and(|held| held == wanted) && python.exists() {
        return Ok(python);
    }
    let shown = place.display().to_string();
    command("python3", &["-m", "venv", "--clear", &shown]).map_err(|error| {
        format!("{error}; the end-to-end tests need Python 3 with its venv module (Debian: apt-get install python3-venv)")
    })?;
    let python_text = python.display().to_string();
    command(
        &python_text,
        &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS],
    )?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(python)
}

fn has_faketime() -> bool {
    let Ok(folders) = fs::read_dir("/usr/lib") else { return false };
    folders.flatten().any(|folder| folder.path().join(FAKETIME).exists())
        || Path::new("/usr/lib").join(FAKETIME).exists()
}

/// The tests of expiry run the unmodified binary under libfaketime; where this may install it, it does.
fn install_faketime() -> Result<(), String> {
    if has_faketime() {
        return Ok(());
    }
    let install = "apt-get install --yes --quiet --no-install-recommends libfaketime";
    println!("libfaketime is missing; installing it: {install}");
    let installed = command("apt-get", &["update", "--quiet"])
        .and_then(|()| command("apt-get", &install.split(' ').skip(1).collect::<Vec<_>>()));
    match installed {
        Ok(()) if has_faketime() => Ok(()),
        Ok(()) => Err("libfaketime was installed but not found below /usr/lib".to_owned()),
        Err(error) => Err(format!("{error}; install libfaketime yourself (as root: {install})")),
    }
}
