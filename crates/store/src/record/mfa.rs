//! MFA devices, and which of their codes were used.

use minicbor::{Decode, Encode};
use portcullis_base::{AccountId, Tags, Timestamp, UniqueId};

use super::identity::AccessKeyOwner;
use crate::codec;

/// A virtual MFA device: a seed from which codes follow by time (RFC 6238).
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct MfaDeviceRecord {
    /// Kept inside; the device is named by its serial number, which is its ARN.
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The name in the case in which it was given.
    #[n(2)]
    pub name: String,
    /// `/` or `/a/b/`.
    #[n(3)]
    pub path: String,
    /// When it was made.
    #[cbor(n(4), with = "codec::instant")]
    pub created: Timestamp,
    /// Its tags.
    #[cbor(n(5), with = "codec::tags")]
    pub tags: Tags,
    /// The seed, sealed by the master key under this record's key.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub sealed_seed: Vec<u8>,
    /// Whose device it is; none until it is enabled.
    #[n(7)]
    pub assigned: Option<MfaAssignment>,
}

impl std::fmt::Debug for MfaDeviceRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "MfaDeviceRecord({})", self.id)
    }
}

/// Whose device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MfaAssignment {
    /// The user, or root.
    #[n(0)]
    pub owner: AccessKeyOwner,
    /// When it was enabled.
    #[cbor(n(1), with = "codec::instant")]
    pub enabled: Timestamp,
    /// How many time steps its clock runs ahead of ours, as found when it was enabled or synchronised.
    #[n(2)]
    pub drift: i64,
}

/// What is remembered of a device's codes. No decision reads it, so that using a code changes no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MfaUseRecord {
    /// The time step of the last code that was accepted. None at or before it is accepted again.
    #[n(0)]
    pub last_step: i64,
    /// How many wrong codes were given in a row.
    #[n(1)]
    pub wrong: u32,
    /// Until when no code is looked at.
    #[cbor(n(2), with = "codec::instant")]
    pub locked_until: Timestamp,
}
