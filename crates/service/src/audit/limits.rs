//! The audit log's bounds that nobody needs to set.

/// Events of committed writes that may wait in memory while the journal takes nothing.
pub const UNWRITTEN: usize = 10_000;

/// Event records that one transaction deletes from the store.
pub const DELETIONS_AT_ONCE: usize = 100;

/// Event records that are taken from the store at once.
pub const STORE_PAGE: usize = 500;

/// Lookups that search files at the same time; further ones wait.
pub const LOOKUPS: usize = 2;

/// How often a lookup looks again because a segment was sealed meanwhile. One that is missed more often than it can
/// have been sealed has been taken away.
pub const LOOKUP_AGAIN: usize = 16;

/// Files that one lookup opens. A lookup that has not found a page by then answers with what it has and where to go
/// on, as CloudTrail itself does.
pub const FILES_PER_LOOKUP: usize = 2000;

/// How much earlier an event can be than one before it while nobody set the clock back: requests end in another order
/// than they begin.
pub const CLOCK_MARGIN: std::time::Duration = std::time::Duration::from_mins(30);

/// Events of the credentials that it is about which a trace reads.
pub const EVENTS_PER_TRACE: usize = 200_000;

/// Events on a page, whatever is asked for. LookupEvents itself allows 50.
pub const PAGE_EVENTS: usize = 1000;

/// Regions that get files of their own from one segment. Names of regions can come from requests.
pub const REGIONS_PER_SEGMENT: usize = 64;

/// Full segments' worth of unauthenticated refusals that may wait to be sealed. While there is more, refusals are only
/// counted. Small ones, as many quick restarts leave them, may be as many as they are.
pub const REFUSALS_BACKLOG: u64 = 4;
