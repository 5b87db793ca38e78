//! The simulator in its own process: a line in, a line out.

use std::io::{BufRead, BufReader, BufWriter, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::Outcome;

/// What the simulator says to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its verdict.
    Decided(Outcome),
    /// Why it would not decide.
    Refused(String),
}

/// A running simulator; it ends when this is dropped.
#[derive(Debug)]
pub struct Simulator {
    child: Child,
    requests: BufWriter<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Simulator {
    /// Starts the driver with the package at this place.
    ///
    /// # Errors
    /// What hinders it, in words for the person who runs the comparison.
    pub fn start(driver: &Path, package: &Path) -> Result<Self, String> {
        let mut child = Command::new("node")
            .arg(driver)
            .arg(package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node {}: {error}", driver.display()))?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        let (Some(requests), Some(answers)) = (requests, answers) else {
            return Err("node has no standard input or output".to_owned());
        };
        Ok(Self { child, requests: BufWriter::new(requests), answers: BufReader::new(answers).lines() })
    }

    /// Asks all of these; few enough that their answers fit in a pipe, since they are read afterwards.
    ///
    /// # Errors
    /// When the process has ended or answers something else.
    pub fn ask(&mut self, requests: &[String]) -> Result<Vec<Answer>, String> {
        let lost = |error: std::io::Error| format!("the simulator is gone: {error}");
        for request in requests {
            self.requests.write_all(request.as_bytes()).map_err(lost)?;
            self.requests.write_all(b"\n").map_err(lost)?;
        }
        self.requests.flush().map_err(lost)?;
        let mut answers = Vec::with_capacity(requests.len());
        for _ in requests {
            let line = self.answers.next().ok_or("the simulator ended before it had answered")?;
            answers.push(answer(&line.map_err(lost)?)?);
        }
        Ok(answers)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is to be gone, and leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(line: &str) -> Result<Answer, String> {
    let reply: Value =
        serde_json::from_str(line).map_err(|error| format!("the simulator answers {line:?}: {error}"))?;
    let text = |name: &str| reply.get(name).and_then(Value::as_str);
    match (text("verdict"), text("refused")) {
        (Some("Allowed"), _) => Ok(Answer::Decided(Outcome::Allow)),
        (Some("ExplicitlyDenied"), _) => Ok(Answer::Decided(Outcome::ExplicitDeny)),
        (Some("ImplicitlyDenied"), _) => Ok(Answer::Decided(Outcome::ImplicitDeny)),
        (None, Some(why)) => Ok(Answer::Refused(why.to_owned())),
        _ => Err(format!("the simulator answers {line:?}")),
    }
}
