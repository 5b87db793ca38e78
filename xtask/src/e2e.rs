//! The end-to-end tests: the real binary, driven by the AWS CLI and boto3 from a virtual environment of pinned
//! versions and by other clients as the system packages them, some of them under libfaketime.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{cargo, command, root, variable};

const REQUIREMENTS: &str = "tests/e2e/requirements.txt";
/// The identity providers that tests start.
const NODE: &str = "tests/e2e/node";

/// A package of Debian and its descendants that the tests use.
struct Package {
    name: &'static str,
    proof: Proof,
}

/// What shows that a package is there, wherever it came from.
enum Proof {
    /// A program in the path.
    Program(&'static str),
    /// A library below `/usr/lib`, perhaps in the folder of an architecture.
    Library(&'static str),
}

const PACKAGES: &[Package] = &[
    // Version 2: `aws sso login` is not in the one from PyPI.
    Package { name: "awscli", proof: Proof::Program("aws") },
    // People sign in with it.
    Package { name: "chromium", proof: Proof::Program("chromium") },
    Package { name: "curl", proof: Proof::Program("curl") },
    // The tests of expiry run the unmodified server under it.
    Package { name: "libfaketime", proof: Proof::Library("faketime/libfaketime.so.1") },
    Package { name: "rclone", proof: Proof::Program("rclone") },
    Package { name: "restic", proof: Proof::Program("restic") },
    Package { name: "s3cmd", proof: Proof::Program("s3cmd") },
];

/// Builds the server, prepares the clients and runs pytest.
pub fn run(arguments: &[String]) -> Result<(), String> {
    cargo(&["build", "--quiet", "--package", "portcullis-server"])?;
    install_packages()?;
    let python = environment()?;
    providers()?;
    let status = Command::new(python)
        // A process for each core; the tests of one file, which share a server, stay together.
        .args(["-m", "pytest", "tests/e2e", "-q", "--numprocesses", "auto", "--dist", "loadfile"])
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

/// The npm packages of the identity providers, installed anew when the lock file changes. No package's own scripts run.
fn providers() -> Result<(), String> {
    let (source, place) = (root().join(NODE), root().join("target/node"));
    let wanted = read(&source.join("package-lock.json"))?;
    let stamp = place.join("installed.json");
    if fs::read_to_string(&stamp).is_ok_and(|held| held == wanted) {
        return Ok(());
    }
    fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), place.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    let shown = place.display().to_string();
    command(
        "npm",
        &["ci", "--prefix", &shown, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    )
    .map_err(|error| {
        format!(
            "{error}; the end-to-end tests need Node.js 20 or newer with npm (Debian: apt-get install npm)"
        )
    })?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

impl Proof {
    fn holds(&self) -> bool {
        match self {
            Self::Program(name) => {
                let path = variable("PATH").unwrap_or_default();
                std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
            }
            Self::Library(name) => {
                let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
                let mut places = folders.map(|folder| folder.path());
                Path::new("/usr/lib").join(name).exists() || places.any(|place| place.join(name).exists())
            }
        }
    }
}

fn missing() -> Vec<&'static str> {
    PACKAGES.iter().filter(|package| !package.proof.holds()).map(|package| package.name).collect()
}

/// What is missing is installed, where this may be done.
fn install_packages() -> Result<(), String> {
    let wanted = missing();
    if wanted.is_empty() {
        return Ok(());
    }
    let shown = wanted.join(" ");
    let arguments = ["install", "--yes", "--quiet", "--no-install-recommends"];
    let install = format!("apt-get {} {shown}", arguments.join(" "));
    println!("missing: {shown}; installing with: {install}");
    command("apt-get", &["update", "--quiet"])
        .and_then(|()| command("apt-get", &[arguments.as_slice(), wanted.as_slice()].concat()))
        .map_err(|error| format!("{error}; install {shown} yourself (as root: {install})"))?;
    let absent = missing();
    if absent.is_empty() {
        return Ok(());
    }
    Err(format!("installed but not found in the path or below /usr/lib: {}", absent.join(" ")))
}
