//! When users and roles were last used, for each permission that was asked of them.
//!
//! Every request of a principal is seen here when its event is recorded, whatever came of it: AWS's access advice
//! counts attempts. It is one map in memory, so that nothing has to be looked through to answer; [`keep`] writes what
//! changed to the store from time to time, and a start takes up what the store does not have yet from the event
//! history.

mod keep;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_base::{Timestamp, UniqueId};

use crate::audit::Trail;
use crate::caller::Caller;

/// How long a use is told of (IAM API reference, GenerateServiceLastAccessedDetails).
const TRACKED: Duration = Duration::from_hours(400 * 24);

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
    /// It could have been before uses were seen.
    Unknown,
}

/// `s3:GetObject`, or `s3:` where a request of the service came to no permission.
type Name = Cow<'static, str>;
/// The last use of each permission of a principal.
type Uses = BTreeMap<Name, Use>;

/// The last uses of users and roles.
pub struct LastUses(Mutex<Seen>);

struct Seen {
    // INVARIANT: every use at or after this instant is in `uses`, unless a later one of the same permission is.
    began: Timestamp,
    uses: HashMap<UniqueId, Uses>,
    /// Whose uses the store does not have.
    changed: HashSet<UniqueId>,
    /// Every use before this instant is in the store, but for what `changed` tells.
    written_until: Timestamp,
}

impl LastUses {
    /// Nothing is seen before this instant.
    pub fn since(began: Timestamp) -> Self {
        let (uses, changed) = (HashMap::new(), HashSet::new());
        Self(Mutex::new(Seen { began, uses, changed, written_until: began }))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees the request of this trail, if a user or role made it.
    pub fn see_request(&self, trail: &Trail, at: Timestamp) {
        let Some(principal) = trail.caller.as_ref().and_then(Caller::holder_id) else { return };
        let region = &trail.facts.region;
        if trail.judged.is_empty() {
            self.see(principal, [Cow::Owned(format!("{}:", trail.service))], at, region);
        } else {
            let names = trail.judged.iter().map(|judged| Cow::Borrowed(judged.action));
            self.see(principal, names, at, region);
        }
    }

    /// Sees a principal ask for permissions.
    pub fn see(
        &self,
        principal: UniqueId,
        names: impl IntoIterator<Item = Name>,
        at: Timestamp,
        region: &str,
    ) {
        let mut seen = self.seen();
        let seen = &mut *seen;
        let uses = seen.uses.entry(principal).or_default();
        for name in names {
            match uses.get_mut(&name) {
                Some(held) if held.at >= at => continue,
                Some(held) if held.region == region => held.at = at,
                _ => {
                    uses.insert(name, Use { at, region: region.to_owned() });
                }
            }
            seen.changed.insert(principal);
        }
    }

    /// The last use of a role that was made at this instant.
    pub fn of(&self, role: UniqueId, made: Timestamp) -> LastUse {
        let seen = self.seen();
        let last = seen.uses.get(&role).and_then(|uses| uses.values().max_by_key(|last| last.at));
        match last {
            Some(last) => LastUse::Seen(last.clone()),
            None if made >= seen.began => LastUse::Never,
            None => LastUse::Unknown,
        }
    }

    /// The last uses of a principal within the time that is told of, by permission.
    pub fn all_of(&self, principal: UniqueId, now: Timestamp) -> Vec<(Name, Use)> {
        let since = now.minus(TRACKED);
        let seen = self.seen();
        let uses = seen.uses.get(&principal).into_iter().flatten();
        uses.filter(|(_, last)| last.at >= since).map(|(name, last)| (name.clone(), last.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::UniqueIdKind;
    use portcullis_base::world::SystemEntropy;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn what_was_before_the_beginning_is_unknown() {
        let uses = LastUses::since(at(1000));
        let role = UniqueId::generate(UniqueIdKind::Role, &SystemEntropy);
        assert_eq!(uses.of(role, at(999)), LastUse::Unknown);
        assert_eq!(uses.of(role, at(1000)), LastUse::Never);
        uses.see(role, ["s3:GetObject".into()], at(1002), "us-east-1");
        uses.see(role, ["s3:GetObject".into(), "s3:PutObject".into()], at(1001), "eu-west-1");
        let last = |at, region: &str| Use { at, region: region.to_owned() };
        assert_eq!(uses.of(role, at(1000)), LastUse::Seen(last(at(1002), "us-east-1")));
        let all = uses.all_of(role, at(2000));
        let wanted =
            [("s3:GetObject", last(at(1002), "us-east-1")), ("s3:PutObject", last(at(1001), "eu-west-1"))];
        assert_eq!(all, wanted.map(|(name, last)| (Cow::Borrowed(name), last)));
        assert!(uses.all_of(role, at(1002).plus(TRACKED).plus(Duration::from_secs(1))).is_empty());
    }
}
