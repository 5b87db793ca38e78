//! Codes of MFA devices: looked at in one place, counted, and good once.
//!
//! ```text
//! codes -> is the device locked? -> looked for -> the outcome is written -> a Proof, or a refusal
//! ```
//!
//! What came of the codes is written before it is told, and only if nobody else's codes were written meanwhile
//! ([`Guard`]). So of two requests with the same code one is refused, and of any number of guesses sent at once none is
//! looked at that was not counted. There is one count for each device, whatever the code is for, and it outlives the
//! process.

mod totp;

use std::time::Duration;

use portcullis_base::{Secret, Timestamp, UniqueId};
use portcullis_policy::Principal;
use portcullis_store::record::{AccessKeyOwner, MfaUseRecord};
use portcullis_store::{CommitError, Guard, Key, StoreError, Transaction, codec};

use crate::action::Ask;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::service::{ATTEMPTS_MAX, Service};
use crate::snapshot::MfaDevice;

pub use totp::{Codes, base32};
use totp::{Found, find};

/// Wrong codes in a row after which a device is locked.
const WRONG_MAX: u32 = 5;
/// How long it is locked then; twice as long after each further wrong code.
const LOCK: Duration = Duration::from_mins(5);
/// How long it is locked at most.
const LOCK_MAX: Duration = Duration::from_hours(24);
/// A device of which no code was ever given.
const UNUSED: MfaUseRecord = MfaUseRecord { last_step: 0, wrong: 0, locked_until: Timestamp::EPOCH };

/// Proof that a device's fresh code was given; the code is used up.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    // INVARIANT: made by [`prove`] alone, once for each step of the device.
    device: UniqueId,
    owner: Option<AccessKeyOwner>,
    drift: i64,
    at: Timestamp,
}

impl Proof {
    /// When the code was given.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// How many steps the device's clock runs ahead, as two consecutive codes tell.
    pub fn drift(&self) -> i64 {
        self.drift
    }

    /// Whether it is of this device, which is still whose it was.
    pub fn is_of(&self, device: &MfaDevice) -> bool {
        self.device == device.record.id && self.owner == device.owner()
    }
}

/// Why codes prove nothing.
#[derive(Debug)]
pub enum Unproved {
    /// They are wrong or used, or the device is locked; which of them it is, is nobody's business.
    Refused,
    /// It could not be found out.
    Failed(ApiError),
}

/// Looks at codes of a device and uses them up.
///
/// # Errors
/// [`Unproved`].
pub async fn prove(service: &Service, device: &MfaDevice, codes: Codes<'_>) -> Result<Proof, Unproved> {
    let now = service.world.clock.now();
    let failed = |error: StoreError| Unproved::Failed(error.into());
    let place = Key::mfa_use(device.record.id);
    let known = device.record.assigned.map_or(0, |assigned| assigned.drift);
    for _ in 0..ATTEMPTS_MAX {
        let (seen, guard) = match service.engine.read(&place).await.map_err(failed)? {
            Some(held) => (
                codec::from_bytes::<MfaUseRecord>(&held.value).map_err(failed)?,
                Guard::At(place.clone(), held.revision),
            ),
            None => (UNUSED, Guard::Absent(place.clone())),
        };
        if now.plus(LOCK_MAX) < seen.locked_until {
            // No lock is that long: it was written by a clock that ran ahead.
            let next = MfaUseRecord { locked_until: now.plus(LOCK_MAX), ..seen };
            let write = Transaction::new().guard(guard).put(place.clone(), codec::to_bytes(&next));
            return match service.engine.commit(write).await {
                Ok(_) | Err(CommitError::Conflict) => Err(Unproved::Refused),
                Err(CommitError::Store(error)) => Err(failed(error)),
            };
        }
        if now < seen.locked_until {
            return Err(Unproved::Refused);
        }
        let found = find(&device.seed, codes, now, known, seen.last_step);
        let next = match found {
            Found::Fresh { step, .. } => MfaUseRecord { last_step: step, ..UNUSED },
            // Whoever has a used code is not guessing.
            Found::Used => return Err(Unproved::Refused),
            Found::Nowhere => after_wrong(&seen, now),
        };
        let write = Transaction::new().guard(guard).put(place.clone(), codec::to_bytes(&next));
        match (service.engine.commit(write).await, found) {
            (Ok(_), Found::Fresh { drift, .. }) => {
                return Ok(Proof { device: device.record.id, owner: device.owner(), drift, at: now });
            }
            (Ok(_), _) => {
                if now < next.locked_until {
                    tracing::warn!(device = %device.arn, wrong = next.wrong, "an MFA device is locked for a while");
                }
                return Err(Unproved::Refused);
            }
            (Err(CommitError::Conflict), _) => {}
            (Err(CommitError::Store(error)), _) => return Err(failed(error)),
        }
    }
    Err(Unproved::Failed(ApiError::unavailable()))
}

/// What to write so that a locked device is no longer, and the codes that it has shown stay used; nothing for one that is
/// not locked.
///
/// # Errors
/// 503 when it cannot be read.
pub async fn unlocked(service: &Service, device: UniqueId) -> Result<Option<(Key, Vec<u8>)>, ApiError> {
    let place = Key::mfa_use(device);
    let Some(held) = service.engine.read(&place).await? else { return Ok(None) };
    let seen: MfaUseRecord = codec::from_bytes(&held.value)?;
    // While it is locked nobody else writes it.
    let is_locked = service.world.clock.now() < seen.locked_until;
    let next = MfaUseRecord { last_step: seen.last_step, ..UNUSED };
    Ok(is_locked.then(|| (place, codec::to_bytes(&next))))
}

/// What is remembered of a device that has shown two codes in a row of this seed; nothing if they are not, or if its clock
/// is off: of one that runs ahead or behind no code would be taken later.
pub fn shown(seed: &Secret, first: &str, second: &str, now: Timestamp) -> Option<MfaUseRecord> {
    match find(seed, Codes::Two(first, second), now, 0, 0) {
        Found::Fresh { step, drift: 0 } => Some(MfaUseRecord { last_step: step, ..UNUSED }),
        Found::Fresh { .. } | Found::Used | Found::Nowhere => None,
    }
}

fn after_wrong(seen: &MfaUseRecord, now: Timestamp) -> MfaUseRecord {
    let wrong = seen.wrong.saturating_add(1);
    let locked_until = wrong.checked_sub(WRONG_MAX).map_or(seen.locked_until, |more| {
        let lock = 2_u32.checked_pow(more).and_then(|times| LOCK.checked_mul(times)).unwrap_or(LOCK_MAX);
        now.plus(lock.min(LOCK_MAX))
    });
    MfaUseRecord { wrong, locked_until, ..*seen }
}

/// Whose devices a caller may prove itself by: a user's own, or root's. Sessions of roles and of federated users have
/// none.
pub fn holder(caller: &Caller) -> Option<AccessKeyOwner> {
    match &caller.principal {
        Principal::Root { .. } => Some(AccessKeyOwner::Root),
        Principal::User { id, .. } => Some(AccessKeyOwner::User(*id)),
        _ => None,
    }
}

/// The proof that came with a request, if it still stands: the device is there, and still the caller's.
pub fn standing<'a>(ask: &Ask<'a>) -> Option<&'a Proof> {
    let proof = ask.loaded.proof.as_ref()?;
    let device = ask.snapshot.mfa_devices.get(proof.device)?;
    (proof.is_of(device) && device.owner() == holder(ask.caller)).then_some(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_code_beyond_the_fifth_locks_for_longer() {
        let now = Timestamp::from_seconds(1_000_000);
        let mut seen = UNUSED;
        let mut locks = Vec::new();
        for _ in 0..40 {
            seen = after_wrong(&seen, now);
            locks.push(seen.locked_until.since(now).as_secs());
        }
        assert_eq!(locks[..4], [0; 4]);
        assert_eq!(locks[4..8], [300, 600, 1200, 2400]);
        assert_eq!(locks[39], 86_400);
        assert_eq!(after_wrong(&MfaUseRecord { wrong: u32::MAX, ..UNUSED }, now).wrong, u32::MAX);
    }
}
