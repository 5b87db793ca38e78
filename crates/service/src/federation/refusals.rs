//! Tokens and assertions that were refused, counted by where they came from: whoever shows one signs nothing, and may try
//! as many as they like. A network that has shown too many is not looked at again until it has been quiet for a moment.
//! What is taken counts for nothing, so that a fleet behind one address is not held up.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portcullis_base::Timestamp;

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
pub struct Refusals(
    // INVARIANT: no instant is further away than BURST intervals from the time at which it was put.
    Mutex<HashMap<IpAddr, Timestamp>>,
);

impl Refusals {
    /// Whether one more may be looked at.
    fn admits(&self, source: IpAddr, now: Timestamp) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let owed = held.get(&network::of(source)).map(|until| until.since(now));
        let most = INTERVAL.saturating_mul(BURST);
        // Whoever owes more than that owes it to a clock that was set back.
        owed.is_none_or(|owed| owed.saturating_add(INTERVAL) <= most || owed > most)
    }

    /// Counts one that was refused.
    fn count(&self, source: IpAddr, now: Timestamp) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let network = network::of(source);
        if held.len() >= NETWORKS_MAX && !held.contains_key(&network) {
            held.retain(|_, until| now < *until);
            if held.len() >= NETWORKS_MAX {
                return;
            }
        }
        let until = held.entry(network).or_insert(now);
        *until = (*until).max(now).plus(INTERVAL).min(now.plus(INTERVAL.saturating_mul(BURST)));
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
    let (refusals, source, clock) =
        (&prospect.service.refusals, prospect.facts.source_ip, &prospect.service.world.clock);
    if !refusals.admits(source, clock.now()) {
        let message =
            "Rate exceeded: too many tokens from this address were refused. Wait a second and try again.";
        return Err(ApiError::caller("Throttling", 400, message));
    }
    let outcome = look.await;
    if outcome.as_ref().is_err_and(|error| error.whose == Whose::Caller) {
        refusals.count(source, clock.now());
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
            assert!(refusals.admits(one, at(0)));
            refusals.count(one, at(0));
        }
        assert!(!refusals.admits(one, at(0)) && !refusals.admits(address("2001:db8::2"), at(49)));
        assert!(refusals.admits(other, at(0)));
        assert!(refusals.admits(one, at(50)), "one is forgotten");
        refusals.count(one, at(50));
        assert!(!refusals.admits(one, at(99)) && refusals.admits(one, at(100)));
    }

    #[test]
    fn nobody_owes_more_than_all_that_is_remembered() {
        let (refusals, one) = (Refusals::default(), address("192.0.2.1"));
        for _ in 0..10 * BURST {
            refusals.count(one, at(0));
        }
        assert!(refusals.admits(one, at(50)));
        assert!(refusals.admits(one, at(-3_600_000)), "nor does it for a clock that was set back");
        refusals.count(one, at(-3_600_000));
        assert!(!refusals.admits(one, at(-3_600_000)) && refusals.admits(one, at(-3_600_000 + 50)));
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let refusals = Refusals::default();
        for number in 0..u32::try_from(NETWORKS_MAX).unwrap() + 10 {
            refusals.count(IpAddr::from(number.to_be_bytes()), at(0));
        }
        assert_eq!(refusals.0.lock().unwrap().len(), NETWORKS_MAX);
        refusals.count(address("192.0.2.1"), at(60));
        assert_eq!(refusals.0.lock().unwrap().len(), 1, "what is forgotten makes room");
    }
}
