//! The two doors through which the outside world comes in: time and randomness.
//!
//! Nothing else in the product reads a clock or draws random bytes (clippy's disallowed methods see to it), so a
//! test or a simulator that sets these two decides everything.

use std::sync::Arc;

use crate::timestamp::Timestamp;

/// Tells the time of day.
pub trait Clock: Send + Sync {
    /// The present instant, as well as this clock knows it.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes fit for keys.
pub trait Entropy: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// A clock and a source of randomness, shared by everything that needs them.
#[derive(Clone)]
pub struct World {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives random bytes.
    pub entropy: Arc<dyn Entropy>,
}

impl World {
    /// The operating system's clock and randomness.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
    }
}

/// The operating system's real-time clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where time comes in")]
    fn now(&self) -> Timestamp {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the operating system has no randomness to give: nothing that follows would be safe.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where randomness comes in")]
    #[expect(clippy::panic, reason = "without randomness no key or id may be made")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no random bytes: {error}");
        }
    }
}

/// A clock that stands where it was put, for tests.
#[derive(Debug)]
pub struct FixedClock(std::sync::atomic::AtomicI64);

impl FixedClock {
    /// Stands at this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(std::sync::atomic::AtomicI64::new(instant.millis()))
    }

    /// Moves to this instant.
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.millis(), std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
