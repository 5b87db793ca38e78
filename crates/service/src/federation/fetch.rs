//! Where an identity provider's documents come from: a port, since the service knows no sockets.

use std::time::Duration;

use bytes::Bytes;

use crate::port::BoxFuture;

/// The largest document that is taken.
pub const BYTES_MAX: usize = 1024 * 1024;
/// How long all documents of one provider may take together, from the first look-up of a name to the last byte.
pub const WAIT: Duration = Duration::from_secs(5);

/// A document that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Where it is: nothing but `https` is asked.
    pub url: &'a str,
    /// SHA-1 of certificates, in hexadecimal digits, that vouch for a server which no public authority vouches for.
    pub thumbprints: &'a [String],
}

/// Why there is no document. For the log alone: what is behind an address is not the caller's to learn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It lies where nothing is fetched from.
    #[error("nothing is fetched from there: {reason}")]
    Forbidden {
        /// Why not.
        reason: String,
    },
    /// Nobody answers, or nobody who is vouched for.
    #[error("it cannot be reached: {reason}")]
    Unreachable {
        /// Why not.
        reason: String,
    },
    /// The answer is no document.
    #[error("it is answered with status {status}")]
    Status {
        /// The HTTP status; redirects are not followed.
        status: u16,
    },
    /// It has more than [`BYTES_MAX`].
    #[error("it is larger than {BYTES_MAX} bytes")]
    TooLarge,
    /// It took longer than [`WAIT`].
    #[error("it takes longer than {WAIT:?}")]
    TooSlow,
    /// It says nothing that can be used.
    #[error("it is of no use: {reason}")]
    Unusable {
        /// Why not.
        reason: &'static str,
    },
}

/// Fetches documents from outside.
pub trait Fetch: Send + Sync {
    /// Fetches one.
    ///
    /// # Errors
    /// [`FetchError`].
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Bytes, FetchError>>;
}

/// Fetches nothing: for commands on data that nobody serves.
pub struct Nowhere;

impl Fetch for Nowhere {
    fn fetch<'a>(&'a self, _: Wanted<'a>) -> BoxFuture<'a, Result<Bytes, FetchError>> {
        Box::pin(async { Err(FetchError::Forbidden { reason: "nothing is fetched here".to_owned() }) })
    }
}
