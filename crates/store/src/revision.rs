//! The store's count of its changes.

use std::fmt;

/// How many changes the store had seen when something was true: every transaction that changes anything makes
/// the next revision, and all that it wrote carries that one number. Revisions never go back, also not over a
/// restart; whether they skip numbers is the engine's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Revision {
    /// Before the first change: the revision of an empty store.
    pub const ZERO: Self = Self(0);

    /// The revision that the next change will carry, in an engine that counts without gaps.
    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
