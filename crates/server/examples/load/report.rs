//! The table: a line for each figure, with its bound where it has one.

use std::fmt;
use std::time::Duration;

use crate::data::{Sizes, Written};

struct Line {
    what: String,
    measured: String,
    bound: String,
    is_met: Option<bool>,
}

/// What was measured.
pub struct Report {
    title: String,
    lines: Vec<Line>,
}

impl Report {
    /// Nothing measured yet.
    pub fn new(sizes: &Sizes, written: &Written) -> Self {
        let title = format!(
            "{} users, {} roles, {} managed policies, {} access keys; {} documents of {} as saved",
            sizes.users,
            sizes.roles,
            sizes.policies,
            written.keys,
            written.documents,
            megabytes(written.document_bytes),
        );
        Self { title, lines: Vec::new() }
    }

    /// A figure without a bound.
    pub fn note(&mut self, what: &str, measured: &str) {
        self.lines.push(Line {
            what: what.to_owned(),
            measured: measured.to_owned(),
            bound: String::new(),
            is_met: None,
        });
    }

    /// A time that must be under its bound.
    pub fn duration(&mut self, what: &str, measured: Duration, bound: Duration) {
        self.lines.push(Line {
            what: what.to_owned(),
            measured: shown(measured),
            bound: shown(bound),
            is_met: Some(measured < bound),
        });
    }

    /// A number of bytes that must be under its bound.
    pub fn bytes(&mut self, what: &str, measured: u64, bound: u64) {
        self.lines.push(Line {
            what: what.to_owned(),
            measured: format!("{measured} B"),
            bound: format!("{bound} B"),
            is_met: Some(measured < bound),
        });
    }

    /// Whether every bound is kept.
    pub fn is_met(&self) -> bool {
        self.lines.iter().all(|line| line.is_met != Some(false))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n", self.title)?;
        writeln!(out, "{:<52}{:>14}{:>14}  met", "", "measured", "under")?;
        for line in &self.lines {
            let met = line.is_met.map_or("", |is_met| if is_met { "yes" } else { "no" });
            let text = format!("{:<52}{:>14}{:>14}  {met}", line.what, line.measured, line.bound);
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

/// The middle one.
pub fn median(times: &mut [Duration]) -> Duration {
    percentile(times, 50)
}

/// So many of a hundred are not above it.
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// In milliseconds.
pub fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// In millions of bytes.
#[expect(clippy::cast_precision_loss, reason = "for a person to read")]
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_000_000.0)
}
