//! What is asked of a run.

use std::time::Duration;

const USAGE: &str = "usage: bench [--quick] [--only NAME]... [--check] [--output text|json]

  --quick         a tenth of the time, fewer principals; good for a look
  --only NAME     this workload: hot, flat, sweep, varied, cold, hostile, change, memory; may be given again
  --check         compare verdicts and measure nothing
  --output json   one object instead of tables";

/// The form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Tables.
    Text,
    /// One object.
    Json,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// Less exact, sooner done.
    pub quick: bool,
    /// Verdicts only.
    pub check: bool,
    /// The form.
    pub output: Output,
    only: Vec<String>,
}

impl Arguments {
    /// Reads the words of the command line.
    ///
    /// # Errors
    ///
    /// What to write instead.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self { quick: false, check: false, output: Output::Text, only: Vec::new() };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => arguments.quick = true,
                "--check" => arguments.check = true,
                "--only" => arguments.only.push(words.next().ok_or(USAGE)?),
                "--output" => {
                    arguments.output = match words.next().as_deref() {
                        Some("text") => Output::Text,
                        Some("json") => Output::Json,
                        _ => return Err(USAGE.to_owned()),
                    }
                }
                _ => return Err(USAGE.to_owned()),
            }
        }
        let known = ["change", "memory"].into_iter().chain(crate::WORKLOADS.iter().map(|(name, _)| *name));
        let known: Vec<&str> = known.collect();
        match arguments.only.iter().find(|only| !known.iter().any(|name| is_meant(only, name))) {
            Some(unknown) => Err(format!("there is no workload {unknown}\n{USAGE}")),
            None => Ok(arguments),
        }
    }

    /// Whether a workload was asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| is_meant(only, name))
    }

    /// How long a workload may be measured.
    pub fn budget(&self) -> Duration {
        Duration::from_millis(if self.quick { 1_000 } else { 10_000 })
    }
}

/// `flat` means `flat small` and `flat large`.
fn is_meant(only: &str, name: &str) -> bool {
    name == only || name.split(' ').next() == Some(only)
}
