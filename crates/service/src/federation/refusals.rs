//! Tokens and assertions that were refused, counted by where they came from: whoever shows one signs nothing, and may try
//! as many as they like. A network that has shown too many is not looked at again until it has been quiet for a moment.
//! What is taken counts for nothing, so that a fleet behind one address is not held up.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_base::Timestamp;

use super::oidc::UNREACHABLE;
use crate::error::{ApiError, Whose};
use crate::flow::Prospect;
use crate::network;

/// How long it takes until one refusal is forgotten.
const INTERVAL: Duration = Duration::from_millis(50);
/// Refusals that are remembered of one network: so many may come at once, and 20 a second after them.
const BURST: u32 = 1000;
/// Networks that are counted at once. Where there are more, those that come last are not counted.
const NETWORKS_MAX: usize = 100_000;

/// What each network still has to wait until all its refusals are forgotten.
#[derive(Default)]
pub struct Refusals(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    // INVARIANT: no instant is further away than BURST intervals from the time at which it was put.
    until: HashMap<IpAddr, Timestamp>,
    swept: Option<Timestamp>,
}

impl Refusals {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one as refused before it is looked at: many at once are many. Tells whether it may be looked at.
    fn begin(&self, source: IpAddr, now: Timestamp) -> bool {
        let (mut counted, network) = (self.counted(), network::of(source));
        let most = now.plus(INTERVAL.saturating_mul(BURST));
        // Whoever owes more than all of it owes that to a clock that was set back.
        let owed = counted.until.get(&network).copied().filter(|until| *until <= most);
        let until = owed.unwrap_or(now).max(now).plus(INTERVAL);
        if until > most {
            return false;
        }
        if counted.has_room(network, now) {
            counted.until.insert(network, until);
        }
        true
    }

    /// It was not refused after all.
    fn forgive(&self, source: IpAddr) {
        if let Some(until) = self.counted().until.get_mut(&network::of(source)) {
            *until = until.minus(INTERVAL);
        }
    }
}

impl Counted {
    fn has_room(&mut self, network: IpAddr, now: Timestamp) -> bool {
        if self.until.len() < NETWORKS_MAX || self.until.contains_key(&network) {
            return true;
        }
        if self.swept != Some(now.whole_seconds()) {
            self.swept = Some(now.whole_seconds());
            self.until.retain(|_, until| now < *until);
        }
        self.until.len() < NETWORKS_MAX
    }
}

/// Looks at what a request brings for its caller, unless too much of that network was refused lately.
///
/// # Errors
/// 400 `Throttling` (STS API reference, "Common Errors"), and whatever `look` says.
pub async fn guarded<T>(
    prospect: &Prospect,
    look: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let (refusals, source) = (&prospect.service.refusals, prospect.facts.source_ip);
    if !refusals.begin(source, prospect.service.world.clock.now()) {
        let message =
            "Rate exceeded: too many tokens from this address were refused. Wait a second and try again.";
        return Err(ApiError::caller("Throttling", 400, message));
    }
    let outcome = look.await;
    let is_refused =
        outcome.as_ref().is_err_and(|error| error.whose == Whose::Caller && error.code != UNREACHABLE);
    if !is_refused {
        refusals.forgive(source);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_000_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(START * 1000 + millis)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_with_too_many_waits_and_the_others_do_not() {
        let (refusals, one, other) =
            (Refusals::default(), address("2001:db8::1"), address("2001:db8:0:1::1"));
        for _ in 0..BURST {
            assert!(refusals.begin(one, at(0)));
        }
        assert!(!refusals.begin(one, at(0)) && !refusals.begin(address("2001:db8::2"), at(49)));
        assert!(refusals.begin(other, at(0)));
        assert!(refusals.begin(one, at(50)), "one is forgotten");
        assert!(!refusals.begin(one, at(99)) && refusals.begin(one, at(100)));
    }

    #[test]
    fn what_was_not_refused_counts_while_it_is_looked_at() {
        let (refusals, one) = (Refusals::default(), address("192.0.2.1"));
        for _ in 0..BURST {
            assert!(refusals.begin(one, at(0)));
        }
        assert!(!refusals.begin(one, at(0)));
        for _ in 0..BURST {
            refusals.forgive(one);
        }
        for _ in 0..10 * BURST {
            assert!(refusals.begin(one, at(0)));
            refusals.forgive(one);
        }
    }

    #[test]
    fn nobody_waits_longer_for_a_clock_that_was_set_back() {
        let (refusals, one) = (Refusals::default(), address("192.0.2.1"));
        while refusals.begin(one, at(0)) {}
        assert!(refusals.begin(one, at(50)));
        for _ in 0..BURST {
            assert!(refusals.begin(one, at(-3_600_000)));
        }
        assert!(!refusals.begin(one, at(-3_600_000)));
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let refusals = Refusals::default();
        for number in 0..u32::try_from(NETWORKS_MAX).unwrap() + 10 {
            assert!(refusals.begin(IpAddr::from(number.to_be_bytes()), at(0)));
        }
        assert_eq!(refusals.counted().until.len(), NETWORKS_MAX);
        assert!(refusals.begin(address("192.0.2.1"), at(1000)));
        assert_eq!(refusals.counted().until.len(), 1, "what is forgotten makes room");
    }
}
