//! Compares decisions with the simulator of `tests/oracle`; `cargo xtask differential` builds it, installs that and
//! runs this.
//!
//!     differential --driver FILE --package FILE [--cases N] [--seed S]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use portcullis_sim::oracle::{Report, Settings, compare};

const USAGE: &str = "usage: differential --driver FILE --package FILE [--cases N] [--seed S]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match settings(&arguments).and_then(|settings| run(&settings)) {
        Ok(report) if report.unexplained.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("differential: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn settings(arguments: &[String]) -> Result<Settings, String> {
    let mut settings = Settings {
        cases: 20_000,
        seed: 1,
        driver: PathBuf::new(),
        package: PathBuf::new(),
        workers: std::thread::available_parallelism().map_or(1, usize::from),
    };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(USAGE.to_owned()) };
        let number = || value.parse().map_err(|_| format!("{name} needs a number, not {value:?}"));
        match name.as_str() {
            "--cases" => settings.cases = number()?,
            "--seed" => settings.seed = number()?,
            "--driver" => settings.driver = PathBuf::from(value),
            "--package" => settings.package = PathBuf::from(value),
            _ => return Err(USAGE.to_owned()),
        }
    }
    if settings.driver.as_os_str().is_empty() || settings.package.as_os_str().is_empty() {
        return Err(USAGE.to_owned());
    }
    Ok(settings)
}

#[expect(clippy::disallowed_methods, reason = "how fast it went is for the person who waits")]
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn run(settings: &Settings) -> Result<Report, String> {
    let began = Instant::now();
    let report = compare(settings)?;
    let seconds = began.elapsed().as_secs_f64();
    println!("{report}");
    println!("{:>9.0} cases a second, seeds from {}", report.compared as f64 / seconds, settings.seed);
    Ok(report)
}
