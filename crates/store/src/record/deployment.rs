//! What a deployment is, and the keys under which it seals session tokens.

use minicbor::{Decode, Encode};
use portcullis_base::{AccountId, Timestamp};

use crate::codec;

/// The identity of a deployment, written once at first start.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DeploymentRecord {
    /// Random, of 128 bits in hex; bound into every token, so that one from another deployment opens nothing.
    #[n(0)]
    pub id: String,
    /// The account of the root user.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// When it was made.
    #[cbor(n(2), with = "codec::instant")]
    pub created: Timestamp,
}

/// Rewritten by every change that can change a decision; its revision is what counts.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct EpochRecord {
    /// When it was written, for a person who looks.
    #[cbor(n(0), with = "codec::instant")]
    pub at: Timestamp,
}

/// No session has been issued later than this.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct IssueMarkRecord {
    /// The mark.
    #[cbor(n(0), with = "codec::instant")]
    pub at: Timestamp,
}

/// The keys that seal session tokens, newest last.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct KeyRingRecord {
    /// The keys.
    #[n(0)]
    pub keys: Vec<RingKeyRecord>,
}

/// One key of the ring.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct RingKeyRecord {
    /// Stands in front of every token sealed with it.
    #[n(0)]
    pub id: u32,
    /// When it was made.
    #[cbor(n(1), with = "codec::instant")]
    pub created: Timestamp,
    /// The key, sealed by the master key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
    /// When it was replaced; from then on it only opens.
    #[n(3)]
    pub retired_at_ms: Option<i64>,
}

impl std::fmt::Debug for RingKeyRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "RingKeyRecord({})", self.id)
    }
}
