//! Recent requests, as they were decided on: who, from where, every permission that they needed with its condition keys.
//! Kept so that a change can be tried on what really goes on here before it is made.
//!
//! Every request that came to a decision is seen here after it was answered for and recorded; no decision waits for
//! it. What is kept is bounded, in number and in bytes. When there is no more room, whoever has most gives up its
//! oldest request: a loud client pushes out its own and nobody else's. A start takes up what the event history tells
//! ([`past`]).

mod past;

pub use past::made as made_by;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId, Value};
use portcullis_policy::ContextValue;
use smallvec::SmallVec;

use crate::action::{Guarding, Need};
use crate::audit::Trail;
use crate::caller::Caller;
use crate::error::Family;
use crate::port::Facts;
use crate::snapshot::Snapshot;

/// Requests that are kept.
const REQUESTS_MAX: usize = 10_000;
/// Bytes that they may take, about.
const BYTES_MAX: usize = 32 << 20;
/// What a request takes beside its texts, about.
const BYTES_EACH: usize = 512;
/// Permissions that are kept of one request.
const NEEDS_MAX: usize = 20;
/// Members of an input that condition keys are made of.
const TAGS: [&str; 2] = ["Tags", "TagKeys"];

/// Whose policy the resource itself has: found again in any snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// None.
    Nothing,
    /// The bucket's of this name.
    Bucket(String),
    /// The organization's.
    Delegation,
    /// The trust policy of this role.
    Trust(UniqueId),
    /// That of a role that there is not.
    NoTrust,
}

impl Guard {
    fn of(guarding: &Guarding) -> Self {
        match guarding {
            Guarding::Nothing => Self::Nothing,
            Guarding::Bucket(bucket) => Self::Bucket(bucket.record.name.clone()),
            Guarding::Delegation(_) => Self::Delegation,
            Guarding::Trust(role) => Self::Trust(role.record.id),
            Guarding::NoTrust => Self::NoTrust,
        }
    }

    /// The policy as a snapshot has it.
    pub fn found(&self, snapshot: &Snapshot) -> Guarding {
        match self {
            Self::Nothing => Guarding::Nothing,
            Self::Bucket(name) => {
                snapshot.bucket(name).map_or(Guarding::Nothing, |held| Guarding::Bucket(Arc::clone(held)))
            }
            Self::Delegation => {
                let held = snapshot.accounts.delegation();
                held.map_or(Guarding::Nothing, |held| Guarding::Delegation(Arc::clone(held)))
            }
            Self::Trust(role) => {
                snapshot.roles.get(*role).map_or(Guarding::NoTrust, |role| Guarding::Trust(Arc::clone(role)))
            }
            Self::NoTrust => Guarding::NoTrust,
        }
    }
}

/// A permission that a request needed.
pub struct Needed {
    /// Without the resource's policy.
    pub need: Need,
    /// Which policy that is.
    pub guard: Guard,
}

impl Needed {
    fn of(need: Need) -> Self {
        let guard = Guard::of(&need.guarding);
        Self { need: Need { guarding: Guarding::Nothing, ..need }, guard }
    }

    /// The need as a snapshot has the resource's policy.
    pub fn in_snapshot(&self, snapshot: &Snapshot) -> Need {
        self.need.clone().guarded(self.guard.found(snapshot))
    }

    fn bytes(&self) -> usize {
        let keys = self.need.keys.iter().map(|(name, value)| {
            let values = match value {
                ContextValue::One(text) => text.len(),
                ContextValue::Many(texts) => texts.iter().map(|text| text.len() + 24).sum(),
            };
            name.len() + values + 80
        });
        self.need.resource.len() + 160 + keys.sum::<usize>()
    }
}

/// A request that was made.
pub struct Made {
    /// When.
    pub at: Timestamp,
    /// Under which ARN; empty for an unsigned request.
    pub arn: String,
    /// The account in which it acted.
    pub account: Option<AccountId>,
    /// The key that signed.
    pub key: Option<AccessKeyId>,
    /// Whose permissions it had.
    holder: Option<UniqueId>,
    /// Where it came from.
    pub facts: Facts,
    /// How its service spells errors.
    pub family: Family,
    /// The tags of its input.
    pub tags: Value,
    /// What it needed.
    pub needs: Vec<Needed>,
    /// Whether it was allowed, where the needs are put together from an event and may lack something.
    pub was_allowed: Option<bool>,
}

impl Made {
    fn whose(&self) -> Whose {
        (self.account, self.holder)
    }

    fn bytes(&self) -> usize {
        let facts = &self.facts;
        let texts = [&facts.user_agent, &facts.referer].into_iter().flatten().map(String::len).sum::<usize>();
        let tags = self.tags.members().iter().map(|(_, list)| list.as_list().len() * 256).sum::<usize>();
        let needs = self.needs.iter().map(Needed::bytes).sum::<usize>();
        BYTES_EACH + self.arn.len() + facts.host.len() + texts + tags + needs
    }
}

/// The facts that condition keys are made of. Headers are among the needs' keys as far as they are any; the others can
/// hold a key for encryption.
fn without_headers(facts: Facts) -> Facts {
    Facts { headers: Vec::new(), min_revision: None, ..facts }
}

/// A user, a role, an account's root user; or nobody, who signs nothing.
type Whose = (Option<AccountId>, Option<UniqueId>);

/// A request with what it takes, reckoned once.
struct Reckoned {
    bytes: usize,
    made: Arc<Made>,
}

/// Requests that were made lately.
#[derive(Default)]
pub struct Recent(Mutex<Held>);

#[derive(Default)]
struct Held {
    by_whom: HashMap<Whose, VecDeque<Reckoned>>,
    // INVARIANT: one for each of `by_whom`, with how many requests it has.
    sizes: BTreeSet<(usize, Whose)>,
    bytes: usize,
    count: usize,
}

impl Recent {
    /// Sees the request of this trail, if it came to a decision. Nothing else needs the trail any more, so that what is
    /// kept of it is not copied.
    pub fn see_request(&self, trail: Trail, at: Timestamp) {
        // Whoever was vouched for has no credential with which the same could be asked again.
        let is_known = |caller: &Caller| caller.vouched.is_none() && !trail.asked.is_empty();
        let Some(caller) = trail.caller.filter(is_known) else { return };
        let family = Family::of(trail.service);
        let mut tags = Value::structure();
        if family != Family::S3 {
            for name in TAGS {
                trail.input.member(name).into_iter().for_each(|held| tags.insert(name, held.clone()));
            }
        }
        self.add(Made {
            at,
            account: caller.account,
            holder: caller.holder_id(),
            arn: caller.arn,
            key: caller.access_key_id,
            facts: without_headers(trail.facts),
            family,
            tags,
            needs: trail.asked.into_iter().take(NEEDS_MAX).map(Needed::of).collect(),
            was_allowed: None,
        });
    }

    fn add(&self, made: Made) {
        let (whose, bytes) = (made.whose(), made.bytes());
        let made = Reckoned { bytes, made: Arc::new(made) };
        // Freed when the lock is free again: they have not been touched for long.
        let mut gone: SmallVec<[Reckoned; 2]> = SmallVec::new();
        let mut held = self.held();
        held.bytes += bytes;
        held.count += 1;
        held.change(whose, |requests| requests.push_back(made));
        while held.count > REQUESTS_MAX || held.bytes > BYTES_MAX {
            let Some((_, loudest)) = held.sizes.last().copied() else { break };
            let mut oldest = None;
            held.change(loudest, |requests| oldest = requests.pop_front());
            let Some(oldest) = oldest else { break };
            held.bytes = held.bytes.saturating_sub(oldest.bytes);
            held.count -= 1;
            gone.push(oldest);
        }
        drop(held);
    }

    /// Those of this account, or of all, the newest first.
    pub fn of(&self, account: Option<AccountId>) -> Vec<Arc<Made>> {
        let mut all: Vec<Arc<Made>> =
            self.held().by_whom.values().flatten().map(|held| Arc::clone(&held.made)).collect();
        all.retain(|made| account.is_none_or(|account| made.account == Some(account)));
        all.sort_by_key(|made| std::cmp::Reverse(made.at));
        all
    }

    /// The request of this id, if it is still known.
    pub fn find(&self, request_id: &str) -> Option<Arc<Made>> {
        let held = self.held();
        let mut all = held.by_whom.values().flatten().map(|held| &held.made);
        all.find(|made| made.facts.request_id == request_id).map(Arc::clone)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn change(&mut self, whose: Whose, change: impl FnOnce(&mut VecDeque<Reckoned>)) {
        let requests = self.by_whom.entry(whose).or_default();
        self.sizes.remove(&(requests.len(), whose));
        change(requests);
        if requests.is_empty() {
            self.by_whom.remove(&whose);
        } else {
            self.sizes.insert((requests.len(), whose));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::testing::facts;

    fn made(holder: Option<UniqueId>, at: i64, agent: usize) -> Made {
        Made {
            at: Timestamp::from_millis(at),
            arn: String::new(),
            account: None,
            key: None,
            holder,
            facts: Facts { user_agent: Some("a".repeat(agent)), ..facts() },
            family: Family::Query,
            tags: Value::structure(),
            needs: Vec::new(),
            was_allowed: None,
        }
    }

    #[test]
    fn the_loudest_gives_way_and_nobody_else() {
        let quiet: UniqueId = "AIDAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let recent = Recent::default();
        (0..5).for_each(|at| recent.add(made(Some(quiet), at, 1)));
        (0..i64::try_from(REQUESTS_MAX).unwrap()).for_each(|at| recent.add(made(None, at, 1)));
        let all = recent.of(None);
        assert_eq!(all.len(), REQUESTS_MAX);
        assert_eq!(all.iter().filter(|made| made.holder == Some(quiet)).count(), 5);
        assert!(all.iter().filter(|made| made.holder.is_none()).all(|made| made.at.millis() >= 5));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let recent = Recent::default();
        (0..100).for_each(|at| recent.add(made(None, at, 1 << 20)));
        assert!(recent.held().bytes <= BYTES_MAX);
        assert!((20..=32).contains(&recent.of(None).len()), "{}", recent.of(None).len());
    }
}
