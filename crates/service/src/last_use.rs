//! When roles were last used, as far as this node has seen since it began.
//!
//! It is not written down: a role that has not been seen since the beginning, but is older, may have been used before,
//! and then nothing is said of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use portcullis_base::{Timestamp, UniqueId};

/// A use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// When.
    pub at: Timestamp,
    /// Through which region's endpoint.
    pub region: String,
}

/// What is known of a role's last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastUse {
    /// It was this one.
    Seen(Use),
    /// There was none since the role was made.
    Never,
    /// It could have been before this node began.
    Unknown,
}

/// How many roles are remembered; beyond it everything is forgotten and seeing begins anew.
const ROLES_MAX: usize = 50_000;

/// The last uses of roles.
pub struct LastUses(Mutex<Seen>);

struct Seen {
    // INVARIANT: every use at or after this instant is in `uses`, unless a later one of the same role is.
    began: Timestamp,
    uses: HashMap<UniqueId, Use>,
}

impl LastUses {
    /// Nothing is seen before this instant.
    pub fn since(began: Timestamp) -> Self {
        Self(Mutex::new(Seen { began, uses: HashMap::new() }))
    }

    /// Sees a session of a role make a request.
    pub fn see(&self, role: UniqueId, at: Timestamp, region: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.uses.get_mut(&role) {
            Some(held) if held.region == region => held.at = held.at.max(at),
            _ => {
                if seen.uses.len() >= ROLES_MAX {
                    *seen = Seen { began: at, uses: HashMap::new() };
                }
                seen.uses.insert(role, Use { at, region: region.to_owned() });
            }
        }
    }

    /// The last use of a role that was made at this instant.
    pub fn of(&self, role: UniqueId, made: Timestamp) -> LastUse {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.uses.get(&role) {
            Some(last) => LastUse::Seen(last.clone()),
            None if made >= seen.began => LastUse::Never,
            None => LastUse::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::UniqueIdKind;
    use portcullis_base::world::SystemEntropy;

    #[test]
    fn what_was_before_the_beginning_is_unknown() {
        let began = Timestamp::from_seconds(1000);
        let uses = LastUses::since(began);
        let role = UniqueId::generate(UniqueIdKind::Role, &SystemEntropy);
        assert_eq!(uses.of(role, Timestamp::from_seconds(999)), LastUse::Unknown);
        assert_eq!(uses.of(role, began), LastUse::Never);
        uses.see(role, Timestamp::from_seconds(1002), "us-east-1");
        uses.see(role, Timestamp::from_seconds(1001), "us-east-1");
        let last = Use { at: Timestamp::from_seconds(1002), region: "us-east-1".to_owned() };
        assert_eq!(uses.of(role, began), LastUse::Seen(last));
    }
}
