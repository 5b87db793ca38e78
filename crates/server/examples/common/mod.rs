//! What measurements and checks of the real binary have in common: the server, started on a data directory, and a
//! connection to it.

pub mod connection;
pub mod figures;
pub mod server;

use std::time::Instant;

/// Whatever ends a measurement.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Reads the clock that a person would hold beside it.
#[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
pub fn instant() -> Instant {
    Instant::now()
}
