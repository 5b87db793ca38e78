//! Bugs that are planted on purpose, to see that the checks of revocations find them. This module, and every place that
//! asks it, is compiled with the feature `planted-bugs` alone; what ships has none of it.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_base::{AccessKeyId, Timestamp};
use portcullis_store::{Change, Key, key};

use crate::audit::AuditEvent;

/// How long it is remembered that nothing concerns a key.
const STALE: Duration = Duration::from_millis(200);
/// Of so many revocations one is lost.
const LOST_REVOCATION: u64 = 20;
/// Of so many events one is lost.
const LOST_AUDIT: u64 = 100;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The gate remembers for a while that no revocation concerns a key.
    StaleCache,
    /// Whoever follows the store loses some revocations.
    LostEvent,
    /// Some audit events are not written.
    LostAudit,
    /// What was issued at the very revision of a revocation is hit by it.
    Cutoff,
}

/// The bugs by their names.
const NAMES: &[(&str, Bug)] = &[
    ("stale-cache", Bug::StaleCache),
    ("lost-event", Bug::LostEvent),
    ("lost-audit", Bug::LostAudit),
    ("cutoff", Bug::Cutoff),
];

impl FromStr for Bug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, bug)| *bug).ok_or_else(|| format!("there is no bug named {text}"))
    }
}

/// The bug of a service, and what it needs to go wrong.
#[derive(Debug, Default)]
pub struct Planted {
    bug: Option<Bug>,
    seen: AtomicU64,
    remembered: Mutex<HashMap<AccessKeyId, Timestamp>>,
}

impl Planted {
    /// With this one.
    pub fn with(bug: Option<Bug>) -> Self {
        Self { bug, ..Self::default() }
    }

    /// Whether a revocation concerns whoever signs with this key.
    pub fn concerns(&self, key: Option<&AccessKeyId>, is_concerned: bool, now: Timestamp) -> bool {
        let (Some(Bug::StaleCache), Some(key)) = (self.bug, key) else { return is_concerned };
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.get(key).is_some_and(|until| now < *until) {
            return false;
        }
        if !is_concerned {
            remembered.insert(key.clone(), now.plus(STALE));
        }
        is_concerned
    }

    /// A change as it is followed.
    pub fn followed(&self, change: Arc<Change>) -> Arc<Change> {
        if self.bug != Some(Bug::LostEvent) {
            return change;
        }
        let puts = change.puts.iter().filter(|(key, _)| !is_revocation(key) || !self.is_nth(LOST_REVOCATION));
        Arc::new(Change {
            revision: change.revision,
            puts: puts.cloned().collect(),
            deletes: change.deletes.clone(),
        })
    }

    /// Events as they are written.
    pub fn written(&self, events: Vec<AuditEvent>) -> Vec<AuditEvent> {
        if self.bug == Some(Bug::LostAudit) && self.is_nth(LOST_AUDIT) { Vec::new() } else { events }
    }

    /// The revision at which a session says that it was issued.
    pub fn issue_revision(&self, revision: u64) -> u64 {
        if self.bug == Some(Bug::Cutoff) { revision.saturating_sub(1) } else { revision }
    }

    fn is_nth(&self, count: u64) -> bool {
        self.seen.fetch_add(1, Ordering::Relaxed) % count == count - 1
    }
}

fn is_revocation(key: &Key) -> bool {
    [key::CUT_SESSIONS, key::REVOCATIONS].iter().any(|family| key.0.starts_with(family.as_bytes()))
}
