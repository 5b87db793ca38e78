//! The audit log: where events go, how they survive, and how they are read back.
//!
//! Exactly one [`AuditEvent`] comes of each request and account concerned. It takes one of three ways in:
//!
//! - The event of a **write** commits with the write: [`AuditLog::draft`] makes a record that the write's own
//!   transaction carries, and [`AuditLog::committed`] puts it into the journal as well.
//! - The event of a **read or a refusal** goes to the journal: [`AuditLog::append`] returns when the operating
//!   system has it. The disk has it within a second; nobody waits for that.
//! - The refusal of an **unauthenticated** request goes to a journal of its own, of bounded size, and beyond a
//!   number a second it is only counted ([`AuditLog::append_unauthenticated`]).
//!
//! From there all go one way:
//!
//! ```text
//! journal/…           segment, one line an event          (lane)    written to
//!   │  five minutes, or a full segment                    (seal)
//!   ├─► index/…       who, what, when of each event       (catalog)  searched by lookup
//!   └─► AWSLogs/…     CloudTrail's own files              (catalog)  read by lookup, and by anybody else
//!                     days later: deleted                 (retain)
//! ```
//!
//! Each step can be cut short by a power failure and is done again at the next start (`recover`): names of files
//! follow from the segment's name, so doing it again makes nothing twice, and a segment goes only after what was
//! made of it is on disk.
//!
//! Events are ordered by instant and id wherever they lie. That order is what makes paging stable: a position is a
//! place in it, not a place in a file.
//!
//! Memory: the events of the segment being written (at most [`AuditSettings::memory_events`], and
//! [`AuditSettings::segment_bytes`]) for each of the two journals; at most `limits::UNWRITTEN` events of writes
//! that the journal could not take; [`AuditSettings::unauthenticated_sources`] counters; about a hundred bytes for
//! each pair of files; and for each of `limits::LOOKUPS` lookups at a time, one file's content.

mod catalog;
mod error;
mod event;
mod flood;
mod identity;
mod json;
mod lane;
mod limits;
mod line;
mod log;
mod lookup;
mod own;
mod place;
mod recover;
mod retain;
mod seal;
mod search;
mod set_back;
mod shared;
mod trace;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use portcullis_base::{AccountId, Timestamp};

pub use error::AuditError;
pub use event::{Trail, event_id_of};
pub use log::AuditLog;
pub use lookup::{LookupKey, LookupPage, LookupQuery, Position};
pub use own::{By, OwnDoing};
pub use trace::{Trace, Witness};

/// One thing that happened, as one account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// The event's id, a UUID: equal ids are the same event.
    pub id: String,
    /// When the request ended.
    pub at: Timestamp,
    /// Whose log this copy is in.
    pub account: AccountId,
    /// The region that it is told for.
    pub region: String,
    /// The action, such as `CreateUser`.
    pub name: String,
    /// The service, such as `iam.amazonaws.com`.
    pub source: String,
    /// Whether the action only reads.
    pub read_only: bool,
    /// Who, as event history names them.
    pub username: Option<String>,
    /// The access key that signed.
    pub access_key_id: Option<String>,
    /// What was concerned: type and name.
    pub resources: Vec<(String, String)>,
    /// The record in CloudTrail's format, on one line.
    pub json: String,
}

/// Where events are kept, and how much of them.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// Below this directory everything lies; without one, events are in memory and the oldest make room.
    pub directory: Option<PathBuf>,
    /// How long files are kept.
    pub retention: Duration,
    /// How many events are in memory at most, for each of the two journals. A segment is closed when it has as many.
    pub memory_events: usize,
    /// How long a segment may be before it is closed.
    pub segment_bytes: u64,
    /// How long a segment may be open.
    pub seal_after: Duration,
    /// How many refusals of unauthenticated requests are recorded one by one in a second.
    pub unauthenticated_per_second: u32,
    /// How many sources are counted apart beyond that; all further ones are counted together.
    pub unauthenticated_sources: usize,
    /// How many bytes the files of such refusals may take; the oldest make room.
    pub unauthenticated_bytes: u64,
}

impl AuditSettings {
    /// What the product does unless told otherwise.
    pub fn new(directory: Option<PathBuf>) -> Self {
        Self {
            directory,
            retention: Duration::from_hours(90 * 24),
            memory_events: 20_000,
            segment_bytes: 16 * 1024 * 1024,
            seal_after: Duration::from_mins(5),
            unauthenticated_per_second: 100,
            unauthenticated_sources: 4096,
            unauthenticated_bytes: 256 * 1024 * 1024,
        }
    }
}
