//! The history as it comes about: many write to it, and one clock tells all instants.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use portcullis_sim::history::{Deed, Handle, History, Operation, Span, Verdict, Who};

use crate::common::connection::Answer;
use crate::common::instant;

/// What was done so far.
pub struct Log {
    start: Instant,
    history: Mutex<History>,
}

impl Log {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { start: instant(), history: Mutex::default() }
    }

    /// A long-term key.
    pub fn key(&self, id: &str, handles: Vec<Handle>) -> Who {
        self.held().key(id, handles)
    }

    /// An operation that was answered.
    pub fn answered(&self, by: Who, deed: Deed, verdict: Verdict, answer: &Answer) -> usize {
        let span = Span { begin: self.nanos(answer.began), end: self.nanos(answer.ended) };
        let request = answer.request.as_deref().map(Into::into);
        self.held().add(Operation { span, by, deed, verdict, request })
    }

    /// One that was begun and not answered.
    pub fn unanswered(&self, by: Who, deed: Deed, began: Instant) {
        let span = Span { begin: self.nanos(began), end: self.nanos(instant()) };
        self.held().add(Operation { span, by, deed, verdict: Verdict::Unknown, request: None });
    }

    /// The session that an operation made.
    pub fn made(&self, issue: usize, key: &str) -> Option<Who> {
        self.held().made(issue, key)
    }

    /// All of it.
    pub fn taken(&self) -> History {
        std::mem::take(&mut self.held())
    }

    fn held(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX)
    }
}
