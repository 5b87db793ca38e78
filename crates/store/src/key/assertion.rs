//! Assertions of identity providers that were redeemed.

use portcullis_base::Timestamp;

use super::Key;

/// Assertions that were redeemed, by the instant at which they end.
pub const ASSERTIONS: &str = "a/";

impl Key {
    /// That an assertion was redeemed, in the order of ends: one assertion always ends at the same instant.
    pub fn assertion(ends: Timestamp, mark: &str) -> Self {
        Self::text(&format!("{ASSERTIONS}{:016x}/{mark}", ends.millis().max(0)))
    }

    /// Every assertion that ended before this instant lies before this key.
    pub fn assertions_before(instant: Timestamp) -> Self {
        Self::text(&format!("{ASSERTIONS}{:016x}", instant.millis().max(0)))
    }
}
