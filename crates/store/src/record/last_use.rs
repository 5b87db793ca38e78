//! When principals were last used.

use minicbor::{Decode, Encode};
use portcullis_base::Timestamp;

use crate::codec;

/// The last uses of one user or role.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LastUsesRecord {
    /// One for each permission.
    #[n(0)]
    pub uses: Vec<LastUseRecord>,
}

/// The last use of one permission.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LastUseRecord {
    /// `s3:GetObject`, or `s3:` for a request that came to no permission.
    #[n(0)]
    pub name: String,
    /// When.
    #[cbor(n(1), with = "codec::instant")]
    pub at: Timestamp,
    /// Through which region's endpoint.
    #[n(2)]
    pub region: String,
}

/// How much of the past the last uses hold.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LastUsesMarkRecord {
    /// Nothing was seen before this instant.
    #[cbor(n(0), with = "codec::instant")]
    pub began: Timestamp,
    /// Every use before this instant is written.
    #[cbor(n(1), with = "codec::instant")]
    pub seen_until: Timestamp,
}
