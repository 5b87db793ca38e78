//! Wrong passwords and codes: counted for each stored identity, whichever way they came; and how many strangers'
//! passwords are looked at at once.
//!
//! Names that nobody has are counted too, apart from those that somebody has: however many are tried, they lock nobody
//! out, and are answered like the others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_base::Timestamp;

use crate::network;

/// Wrong attempts in a row that cost nothing.
const FREE: u32 = 5;
/// How long nothing is looked at after that; twice as long after each further one.
const LOCK: Duration = Duration::from_secs(30);
/// And at most.
const LOCK_MAX: Duration = Duration::from_mins(15);
/// Wrong attempts are forgotten when none came for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);
/// Names of nobody that are counted at once.
const UNKNOWN_MAX: usize = 50_000;
/// Passwords of one network that are looked at or wait at once.
const AT_ONCE: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    last: Timestamp,
    locked_until: Timestamp,
}

/// Whose attempts are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A user's, by id.
    Known(String),
    /// Those with a name that nobody has.
    Unknown(String),
}

#[derive(Default)]
struct Counts {
    known: HashMap<String, Wrong>,
    unknown: HashMap<String, Wrong>,
}

/// All counts.
#[derive(Default)]
pub struct Attempts {
    counts: Mutex<Counts>,
    at_work: Mutex<HashMap<From, usize>>,
}

/// Where attempts come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum From {
    /// A network of strangers.
    Network(IpAddr),
    /// The sign-in session of this id.
    Session(String),
}

impl From {
    /// The network of an address.
    pub fn address(address: IpAddr) -> Self {
        Self::Network(network::of(address))
    }

    /// How many of its attempts are looked at or wait at once.
    fn at_once(&self) -> usize {
        match self {
            Self::Network(_) => AT_ONCE,
            Self::Session(_) => 1,
        }
    }
}

/// A place among the attempts of somebody that are looked at; given back when dropped.
pub struct Turn<'a> {
    attempts: &'a Attempts,
    from: From,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut at_work = self.attempts.at_work();
        if let Some(count) = at_work.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                at_work.remove(&self.from);
            }
        }
    }
}

impl Attempts {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at_work(&self) -> MutexGuard<'_, HashMap<From, usize>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more attempt; none where there are too many under way.
    pub fn turn(&self, from: From) -> Option<Turn<'_>> {
        let mut at_work = self.at_work();
        let count = at_work.entry(from.clone()).or_default();
        if *count >= from.at_once() {
            return None;
        }
        *count += 1;
        drop(at_work);
        Some(Turn { attempts: self, from })
    }

    /// Counts an attempt as a wrong one before it is looked at: many at once are many. Tells whether it may be looked
    /// at.
    pub fn begin(&self, whose: &Whose, now: Timestamp) -> bool {
        let mut counts = self.counts();
        let map = match whose {
            Whose::Known(_) => &mut counts.known,
            Whose::Unknown(_) => &mut counts.unknown,
        };
        let (Whose::Known(name) | Whose::Unknown(name)) = whose;
        if map.len() >= UNKNOWN_MAX && !map.contains_key(name) {
            map.retain(|_, held| now.since(held.last) < FORGOTTEN_AFTER);
            if matches!(whose, Whose::Unknown(_)) && map.len() >= UNKNOWN_MAX {
                // Nobody is hurt by it: there is no such user.
                map.clear();
            }
        }
        let fresh = Wrong { count: 0, last: now, locked_until: Timestamp::EPOCH };
        let held = map.entry(name.clone()).or_insert(fresh);
        if now.since(held.last) >= FORGOTTEN_AFTER {
            *held = fresh;
        }
        // A lock that is longer than any was written by a clock that ran ahead.
        held.locked_until = held.locked_until.min(now.plus(LOCK_MAX));
        if now < held.locked_until {
            return false;
        }
        held.count = held.count.saturating_add(1);
        held.last = now;
        if held.count >= FREE {
            let doublings = (held.count - FREE).min(16);
            let lock = LOCK.saturating_mul(1 << doublings).min(LOCK_MAX);
            held.locked_until = now.plus(lock);
        }
        true
    }

    /// The attempt was right: what was wrong before it is forgotten.
    pub fn right(&self, user: &str) {
        self.counts().known.remove(user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Whose {
        Whose::Known(name.to_owned())
    }

    #[test]
    fn an_identity_is_locked_longer_with_each_wrong_attempt_and_others_are_not() {
        let (attempts, start) = (Attempts::default(), Timestamp::from_seconds(1_000_000));
        let at = |seconds: u64| start.plus(Duration::from_secs(seconds));
        for _ in 0..FREE {
            assert!(attempts.begin(&known("a"), start));
        }
        assert!(!attempts.begin(&known("a"), at(29)));
        assert!(attempts.begin(&known("b"), start));
        assert!(attempts.begin(&known("a"), at(30)), "one more");
        assert!(!attempts.begin(&known("a"), at(89)), "and twice as long");
        assert!(attempts.begin(&known("a"), at(90)));
        attempts.right("a");
        for _ in 0..FREE {
            assert!(attempts.begin(&known("a"), at(91)));
        }
    }

    #[test]
    fn a_clock_that_ran_ahead_locks_nobody_out_for_long() {
        let attempts = Attempts::default();
        let (ahead, start) = (Timestamp::from_seconds(9_000_000), Timestamp::from_seconds(1_000_000));
        for _ in 0..FREE {
            attempts.begin(&known("a"), ahead);
        }
        assert!(!attempts.begin(&known("a"), start));
        assert!(attempts.begin(&known("a"), start.plus(LOCK_MAX)));
    }

    #[test]
    fn names_of_nobody_lock_nobody_out_however_many_they_are() {
        let (attempts, now) = (Attempts::default(), Timestamp::from_seconds(1_000_000));
        for number in 0..=UNKNOWN_MAX {
            attempts.begin(&Whose::Unknown(format!("nobody-{number}")), now);
        }
        assert!(attempts.begin(&known("a"), now));
        assert!(attempts.counts().unknown.len() <= UNKNOWN_MAX);
    }

    #[test]
    fn a_network_has_few_attempts_under_way() {
        let attempts = Attempts::default();
        let turn = |text: &str| attempts.turn(From::address(text.parse().unwrap()));
        let turns: Vec<_> = (0..AT_ONCE).map(|_| turn("2001:db8::1").unwrap()).collect();
        assert!(turn("2001:db8::2").is_none(), "one customer's");
        assert!(turn("2001:db8:0:1::1").is_some());
        drop(turns);
        assert!(turn("2001:db8::1").is_some());
        let session = || attempts.turn(From::Session("s".to_owned()));
        let one = session().unwrap();
        assert!(session().is_none());
        drop(one);
        assert!(attempts.at_work().is_empty());
    }
}
