//! Passwords: how they are hashed, and how often a wrong one may be given.
//!
//! A hash is by Argon2id (RFC 9106), which is slow and takes memory on purpose. So the work is done on threads of its
//! own, and only a few pieces of it at once: whoever else asks waits for a turn and holds nobody up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use portcullis_base::world::Entropy;
use portcullis_base::{Secret, Timestamp, UniqueId};
use portcullis_store::record::PasswordHashRecord;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;

/// How many strangers' pieces of work are done at once.
const TURNS: usize = 2;
/// Random bytes in each hash (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;
/// Wrong passwords that may be given for a user in a span.
const WRONG_MAX: u32 = 5;
/// The span.
const WRONG_SPAN: Duration = Duration::from_mins(15);
/// Users whose wrong passwords are counted at once.
const COUNTED_MAX: usize = 50_000;

/// Does the work, and counts.
pub struct Passwords {
    turns: Arc<Semaphore>,
    // For whoever has proved who it is: strangers hold nobody up.
    own: Arc<Semaphore>,
    wrong: Mutex<HashMap<UniqueId, Wrong>>,
    /// Pieces of work that were done.
    #[cfg(test)]
    pub(crate) done: std::sync::atomic::AtomicUsize,
}

struct Wrong {
    since: Timestamp,
    count: u32,
}

/// Too many wrong passwords were given for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong passwords")]
pub struct TooMany;

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(TURNS)),
            own: Arc::new(Semaphore::new(1)),
            wrong: Mutex::default(),
            #[cfg(test)]
            done: std::sync::atomic::AtomicUsize::default(),
        }
    }
}

impl Passwords {
    /// Does slow work for somebody who has proved who it is, in turn.
    ///
    /// # Errors
    /// 500 when the work fails.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.work_in(self.own_turn().await?, work).await
    }

    /// A turn for somebody who has proved who it is.
    ///
    /// # Errors
    /// 503 when there is none any more.
    pub async fn own_turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.own).acquire_owned().await.map_err(|_| ApiError::unavailable())
    }

    /// A turn for a stranger.
    ///
    /// # Errors
    /// 503 when there is none any more.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(|_| ApiError::unavailable())
    }

    /// Does slow work away from the threads that answer requests. The turn lasts as long as the work, also when nobody
    /// waits for it any more.
    ///
    /// # Errors
    /// 500 when the work fails.
    pub async fn work_in<T: Send + 'static>(
        &self,
        turn: OwnedSemaphorePermit,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        #[cfg(test)]
        self.done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.unwrap_or_else(|_| Err(ApiError::internal("the work on a password panicked")))
    }

    /// Counts an attempt to give a user's password as a wrong one, before the password is looked at: many attempts
    /// at once are many attempts. Users are told apart by their ids, so that no spelling of a name begins anew.
    ///
    /// # Errors
    /// [`TooMany`]: the password must not be looked at.
    pub fn attempt(&self, user: UniqueId, now: Timestamp) -> Result<(), TooMany> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |held: &Wrong| now.since(held.since) >= WRONG_SPAN;
        if wrong.len() >= COUNTED_MAX {
            wrong.retain(|_, held| !is_over(held));
        }
        if let Some(held) = wrong.get_mut(&user).filter(|held| !is_over(held)) {
            if held.count >= WRONG_MAX {
                return Err(TooMany);
            }
            held.count += 1;
            return Ok(());
        }
        if wrong.len() >= COUNTED_MAX {
            return Err(TooMany);
        }
        wrong.insert(user, Wrong { since: now, count: 1 });
        Ok(())
    }

    /// Forgets a user's wrong passwords: the right one was given, or an administrator set another.
    pub fn forget(&self, user: UniqueId) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).remove(&user);
    }
}

/// Hashes a password. Slow.
///
/// # Errors
/// 500 when there is no memory for it.
pub fn hashed(password: &Secret, entropy: &dyn Entropy) -> Result<PasswordHashRecord, ApiError> {
    let mut salt = vec![0_u8; SALT_BYTES];
    entropy.fill(&mut salt);
    let parameters = Params::DEFAULT;
    let mut record = PasswordHashRecord {
        memory_kib: parameters.m_cost(),
        passes: parameters.t_cost(),
        lanes: parameters.p_cost(),
        salt,
        hash: Vec::new(),
    };
    record.hash = hash_by(&record, password)?.expose_bytes().to_vec();
    Ok(record)
}

/// Whether a hash is that of this password. Slow.
///
/// # Errors
/// 500 when the hash cannot be made again.
pub fn is_hash_of(record: &PasswordHashRecord, password: &Secret) -> Result<bool, ApiError> {
    Ok(hash_by(record, password)? == Secret::new(record.hash.clone()))
}

fn hash_by(record: &PasswordHashRecord, password: &Secret) -> Result<Secret, ApiError> {
    let failed = |error: argon2::Error| ApiError::internal(&format!("a password cannot be hashed: {error}"));
    let parameters = Params::new(record.memory_kib, record.passes, record.lanes, Some(HASH_BYTES));
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters.map_err(failed)?);
    let mut hash = vec![0_u8; HASH_BYTES];
    argon.hash_password_into(password.expose_bytes(), &record.salt, &mut hash).map_err(failed)?;
    Ok(Secret::new(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::UniqueIdKind;
    use portcullis_base::world::SystemEntropy;

    #[test]
    fn a_hash_is_of_its_password_only_and_never_twice_the_same() {
        let (right, wrong) = (Secret::from("one".to_owned()), Secret::from("One".to_owned()));
        let record = hashed(&right, &SystemEntropy).unwrap();
        assert!(is_hash_of(&record, &right).unwrap());
        assert!(!is_hash_of(&record, &wrong).unwrap());
        assert_ne!(hashed(&right, &SystemEntropy).unwrap().hash, record.hash);
    }

    #[test]
    fn the_hash_is_argon2id_of_rfc_9106() {
        // Made with the reference implementation: `argon2 somesalt16bytes! -id -t 2 -k 19456 -p 1 -l 32`.
        let record = PasswordHashRecord {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
            salt: b"somesalt16bytes!".to_vec(),
            hash: hex::decode("b4f5c0f0a45a331503aa85453a4cf9a9c7a2cac6a688c48bc41adc0b9b00b66a").unwrap(),
        };
        assert!(is_hash_of(&record, &Secret::from("password".to_owned())).unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn few_pieces_of_work_are_done_at_once_also_when_nobody_waits_for_them() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (passwords, running, most) =
            (Arc::new(Passwords::default()), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let piece = || {
            let (passwords, running, most) =
                (Arc::clone(&passwords), Arc::clone(&running), Arc::clone(&most));
            tokio::spawn(async move {
                let work = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                };
                let turn = passwords.turn().await?;
                passwords.work_in(turn, work).await
            })
        };
        let forsaken: Vec<_> = (0..TURNS).map(|_| piece()).collect();
        while running.load(Ordering::SeqCst) < TURNS {
            tokio::task::yield_now().await;
        }
        forsaken.iter().for_each(tokio::task::JoinHandle::abort);
        let kept: Vec<_> = (0..6).map(|_| piece()).collect();
        for one in kept {
            one.await.unwrap().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), TURNS);
        // However many strangers are at it, whoever has proved who it is has a turn.
        let _taken = [passwords.turn().await.unwrap(), passwords.turn().await.unwrap()];
        passwords.work(|| Ok(())).await.unwrap();
        let failed: Result<(), ApiError> = passwords.work(|| panic!("a defect")).await;
        assert_eq!(failed.unwrap_err().status, 500);
    }

    #[test]
    fn wrong_passwords_are_limited_until_the_span_is_over() {
        let passwords = Passwords::default();
        let [one, other] = [0, 1].map(|_| UniqueId::generate(UniqueIdKind::User, &SystemEntropy));
        let start = Timestamp::from_seconds(1_000_000);
        for _ in 0..WRONG_MAX {
            assert_eq!(passwords.attempt(one, start), Ok(()));
        }
        assert_eq!(passwords.attempt(one, start), Err(TooMany));
        assert_eq!(passwords.attempt(other, start), Ok(()));
        assert_eq!(passwords.attempt(one, start.plus(Duration::from_mins(14))), Err(TooMany));
        assert_eq!(passwords.attempt(one, start.plus(WRONG_SPAN)), Ok(()));
        passwords.forget(one);
        for _ in 0..WRONG_MAX {
            assert_eq!(passwords.attempt(one, start), Ok(()));
        }
    }
}
