//! What a client sees of issuing, using, revoking and lifting, held against the contract alone: nothing here knows
//! how the product keeps it.
//!
//! ```text
//! a history (who did what from when to when, and with what end) -> check -> violations, each with its piece of history
//! ```
//!
//! The contract, for operations whose begin and end are told by one clock on the client's side:
//!
//! - **Holds**: no request that begins after a revocation has returned is allowed to whom it hits, until it is lifted.
//!   Hit is what was issued before it, and, if it cascades, all that came of that.
//! - **Nobody else**: who is denied is hit by a revocation that was begun before the denial and not lifted before the
//!   request.
//! - **No way back**: who was denied is not allowed again, unless what may have denied it was lifted. This is what is
//!   said of requests while the revocation is under way: each may go either way, but only once.
//! - **Blocks**: nobody gets a session whom a revocation keeps from it.
//! - **Recorded**: each operation has exactly one event.

mod audit;
mod check;
mod coverage;
mod violation;

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use audit::{Recorded, recorded};
pub use check::check;
pub use violation::{Rule, Violation};

/// A name that many operations share.
pub type Name = Arc<str>;

/// From when to when, in nanoseconds of one monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Before the first byte was sent.
    pub begin: u64,
    /// After the last byte was received.
    pub end: u64,
}

impl Span {
    /// Whether it was over when the other began; those that touch are concurrent.
    pub fn is_before(self, other: Self) -> bool {
        self.end < other.begin
    }
}

/// A long-term key or a session: its place in [`History::credentials`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Who(pub usize);

/// What a credential is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Handle {
    /// Its access key id.
    Key(Name),
    /// A role that it is a session of.
    Role(Name),
    /// A role and the session's name.
    RoleSession(Name, Name),
    /// A user whose permissions it has.
    User(Name),
    /// A federated user.
    FederatedUser(Name),
    /// The source identity that it carries.
    SourceIdentity(Name),
}

/// A long-term key or a session.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its access key id.
    pub key: Name,
    /// What it was made with; absent for a long-term key.
    pub parent: Option<Who>,
    /// What else it is found by.
    pub handles: Vec<Handle>,
    /// The operation that made it, in [`History::operations`]; absent for a long-term key.
    pub issue: Option<usize>,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was done.
    Allowed,
    /// It was refused.
    Denied,
    /// It cannot be told whether it was done.
    Unknown,
}

/// What was revoked.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// The id that it got, to lift it by.
    pub id: Option<Name>,
    /// Whom it is about.
    pub target: Handle,
    /// Whether what came of it is cut off too.
    pub cascades: bool,
    /// Whether no new session is given to the target until it is lifted.
    pub blocks: bool,
}

/// What was done.
#[derive(Debug, Clone)]
pub enum Deed {
    /// A session was asked for, which is or would be found by these.
    Issue(Vec<Handle>),
    /// Anything else, by its name.
    Request(Name),
    /// A revocation.
    Revoke(Revocation),
    /// The lifting of the revocation with this id.
    Lift(Name),
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// When.
    pub span: Span,
    /// With which credential.
    pub by: Who,
    /// What.
    pub deed: Deed,
    /// With what end.
    pub verdict: Verdict,
    /// The request's id, if there was an answer.
    pub request: Option<Name>,
}

/// All that was seen, in any order.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Long-term keys and sessions.
    pub credentials: Vec<Credential>,
    /// What was done.
    pub operations: Vec<Operation>,
}

impl History {
    /// A long-term key.
    pub fn key(&mut self, key: &str, handles: Vec<Handle>) -> Who {
        self.credentials.push(Credential { key: key.into(), parent: None, handles, issue: None });
        Who(self.credentials.len() - 1)
    }

    /// An operation; answers its place.
    pub fn add(&mut self, operation: Operation) -> usize {
        self.operations.push(operation);
        self.operations.len() - 1
    }

    /// The session that an operation made; none if the operation asked for no session.
    pub fn made(&mut self, issue: usize, key: &str) -> Option<Who> {
        let operation = self.operations.get(issue)?;
        let Deed::Issue(handles) = &operation.deed else { return None };
        let (parent, handles) = (Some(operation.by), handles.clone());
        self.credentials.push(Credential { key: key.into(), parent, handles, issue: Some(issue) });
        Some(Who(self.credentials.len() - 1))
    }

    fn issued(&self, who: Who) -> Option<Span> {
        let issue = self.credentials.get(who.0)?.issue?;
        self.operations.get(issue).map(|operation| operation.span)
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(out, "key {key}"),
            Self::Role(role) => write!(out, "role {role}"),
            Self::RoleSession(role, name) => write!(out, "role-session {role}/{name}"),
            Self::User(user) => write!(out, "user {user}"),
            Self::FederatedUser(name) => write!(out, "federated-user {name}"),
            Self::SourceIdentity(identity) => write!(out, "source-identity {identity}"),
        }
    }
}
