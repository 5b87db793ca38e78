//! What is wrong, and the smallest piece of history that shows it.

use std::fmt;

use super::{Deed, History, Operation};

/// A rule of the contract, as it was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Allowed to whom a revocation hits that had returned before.
    Holds,
    /// Denied to somebody whom no revocation hits.
    NobodyElse,
    /// Allowed to somebody who had been denied before.
    NoWayBack,
    /// A session was issued to whom a revocation keeps from it.
    Blocks,
    /// No event tells of it.
    Unrecorded,
    /// More than one event tells of it.
    RecordedTwice,
}

/// A rule that was broken by an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// By which operation.
    pub at: usize,
    /// The operations that show it, in the order of the history.
    pub piece: Vec<usize>,
}

impl Violation {
    pub(super) fn new(rule: Rule, at: usize, others: impl IntoIterator<Item = usize>) -> Self {
        let mut piece: Vec<usize> = others.into_iter().chain([at]).collect();
        piece.sort_unstable();
        piece.dedup();
        Self { rule, at, piece }
    }

    /// With its piece of history, a line for each operation, in the order of their begins.
    pub fn shown<'a>(&'a self, history: &'a History) -> impl fmt::Display + 'a {
        Shown { violation: self, history }
    }
}

struct Shown<'a> {
    violation: &'a Violation,
    history: &'a History,
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Holds => "allowed after the return of a revocation that hits it",
            Self::NobodyElse => "denied although no revocation hits it",
            Self::NoWayBack => "allowed after it had been denied",
            Self::Blocks => "issued although a revocation keeps it from being issued",
            Self::Unrecorded => "no event tells of it",
            Self::RecordedTwice => "more than one event tells of it",
        })
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.violation.rule)?;
        let operations = &self.history.operations;
        let mut piece: Vec<(usize, &Operation)> =
            self.violation.piece.iter().filter_map(|at| Some((*at, operations.get(*at)?))).collect();
        piece.sort_by_key(|(_, operation)| operation.span.begin);
        for (at, operation) in piece {
            let mark = if at == self.violation.at { '>' } else { ' ' };
            write!(out, "\n {mark} ")?;
            line(out, self.history, at, operation)?;
        }
        Ok(())
    }
}

fn line(out: &mut fmt::Formatter<'_>, history: &History, at: usize, operation: &Operation) -> fmt::Result {
    let key = |who: super::Who| history.credentials.get(who.0).map_or("?", |credential| &credential.key);
    let micros = |nanos: u64| nanos / 1000;
    let (begin, end) = (micros(operation.span.begin), micros(operation.span.end));
    write!(out, "{begin:>11}..{end:<11} us  {}  ", key(operation.by))?;
    match &operation.deed {
        Deed::Issue(handles) => {
            let shown: Vec<String> = handles.iter().map(ToString::to_string).collect();
            write!(out, "issue {}", shown.join(", "))?;
            let made = history.credentials.iter().find(|credential| credential.issue == Some(at));
            if let Some(made) = made {
                write!(out, " -> {}", made.key)?;
            }
        }
        Deed::Request(name) => write!(out, "{name}")?,
        Deed::Revoke(revocation) => {
            write!(out, "revoke {}", revocation.target)?;
            out.write_str(if revocation.cascades { "" } else { ", no cascade" })?;
            out.write_str(if revocation.blocks { ", block reissue" } else { "" })?;
            write!(out, " -> {}", revocation.id.as_deref().unwrap_or("?"))?;
        }
        Deed::Lift(id) => write!(out, "lift {id}")?,
    }
    write!(out, ": {:?}", operation.verdict)?;
    operation.request.as_ref().map_or(Ok(()), |request| write!(out, "  ({request})"))
}
