//! Decisions compared with an implementation of AWS's rules that is not ours: the simulator of the npm package
//! `@cloud-copilot/iam-simulate`, run as a process of its own (`tests/oracle/driver.mjs`).
//!
//! `translate` says a case in the simulator's words, `process` asks it, `compare` runs many cases. What the simulator
//! is known to read differently stands in a table (`difference`), each row with the page of AWS that decides it and a
//! rewriting of a case into that reading. Our engine, on the case rewritten by every row, must answer as the simulator
//! did: on each case, also where the two agree, so that no row can explain away what it is not about. A case that
//! comes out otherwise is made small and shown, and the comparison fails.

mod compare;
mod difference;
mod process;
mod translate;

pub use compare::{Report, Settings, Unexplained, compare};
pub use difference::{DIFFERENCES, Difference};
pub use process::{Answer, Simulator};

use portcullis_policy::{Verdict, decide};

use crate::case::Case;

/// A verdict without the layer that gave it, about which nothing is contractual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Allowed.
    Allow,
    /// Denied by a statement.
    ExplicitDeny,
    /// Denied because nothing allows it.
    ImplicitDeny,
}

/// What our engine says; `None` for a document that it refuses, and for calls that credentials may never make.
pub(crate) fn ours(case: &Case) -> Option<Outcome> {
    let parsed = case.parse().ok()?;
    match parsed.layers(|layers| decide(&case.request(), layers).verdict) {
        Verdict::Allow => Some(Outcome::Allow),
        Verdict::ExplicitDeny(_) => Some(Outcome::ExplicitDeny),
        Verdict::ImplicitDeny(_) => Some(Outcome::ImplicitDeny),
        Verdict::Forbidden(_) => None,
    }
}
