//! The table: a line for each figure, with its bound where it has one.

use std::time::Duration;

use crate::common::figures::{megabytes, percentile, shown};
use crate::data::{Sizes, Written};

/// Whether what was measured keeps its bounds; its lines are told as they come.
pub struct Report {
    missed: usize,
}

impl Report {
    /// Nothing measured yet.
    pub fn new(sizes: &Sizes, written: &Written) -> Self {
        println!(
            "{} users, {} roles, {} managed policies, {} access keys; {} documents of {} as saved\n",
            sizes.users,
            sizes.roles,
            sizes.policies,
            written.keys,
            written.documents,
            megabytes(written.document_bytes),
        );
        line("", "measured", "under", "met");
        Self { missed: 0 }
    }

    /// A time that must be under its bound.
    pub fn duration(&mut self, what: &str, measured: Duration, bound: Duration) {
        self.bounded(what, &shown(measured), &shown(bound), measured < bound);
    }

    /// A number of bytes that must be under its bound.
    pub fn bytes(&mut self, what: &str, measured: u64, bound: u64) {
        self.bounded(what, &format!("{measured} B"), &format!("{bound} B"), measured < bound);
    }

    fn bounded(&mut self, what: &str, measured: &str, bound: &str, is_met: bool) {
        self.missed += usize::from(!is_met);
        line(what, measured, bound, if is_met { "yes" } else { "no" });
    }

    /// Whether every bound is kept.
    pub fn is_met(&self) -> bool {
        self.missed == 0
    }
}

/// A figure without a bound.
pub fn note(what: &str, measured: &str) {
    line(what, measured, "", "");
}

fn line(what: &str, measured: &str, bound: &str, met: &str) {
    println!("{}", format!("{what:<52}{measured:>14}{bound:>14}  {met}").trim_end());
}

/// The middle one.
pub fn median(times: &mut [Duration]) -> Duration {
    percentile(times, 50)
}
