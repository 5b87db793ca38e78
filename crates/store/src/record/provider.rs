//! Identity providers: whose word about users from elsewhere a role may trust.

use minicbor::{Decode, Encode};
use portcullis_base::{AccountId, Tags, Timestamp, UniqueId};

use crate::codec;

/// An OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct OidcProviderRecord {
    /// Kept inside; the provider is named by its ARN.
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The issuer's URL without `https://`.
    #[n(2)]
    pub name: String,
    /// When it was made.
    #[cbor(n(3), with = "codec::instant")]
    pub created: Timestamp,
    /// Its tags.
    #[cbor(n(4), with = "codec::tags")]
    pub tags: Tags,
    /// The audiences for which its tokens are taken, in the order in which they were added.
    #[n(5)]
    pub client_ids: Vec<String>,
    /// SHA-1 of the certificates that its server may show, in hexadecimal digits.
    #[n(6)]
    pub thumbprints: Vec<String>,
}

/// A SAML provider.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SamlProviderRecord {
    /// Kept inside; the provider is named by its ARN.
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The name in the case in which it was given.
    #[n(2)]
    pub name: String,
    /// When it was made.
    #[cbor(n(3), with = "codec::instant")]
    pub created: Timestamp,
    /// Its tags.
    #[cbor(n(4), with = "codec::tags")]
    pub tags: Tags,
    /// The metadata document, byte for byte as given.
    #[n(5)]
    pub metadata: String,
    /// Until when the metadata is valid, milliseconds since 1970; absent if it does not say.
    #[n(6)]
    pub valid_until_ms: Option<i64>,
    /// `SAMLProviderUUID`.
    #[n(7)]
    pub uuid: String,
    /// `AssertionEncryptionMode`.
    #[n(8)]
    pub encryption: Option<String>,
    /// The keys that open encrypted assertions, oldest first.
    #[n(9)]
    pub private_keys: Vec<SamlPrivateKeyRecord>,
}

/// A key that opens encrypted assertions.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SamlPrivateKeyRecord {
    /// `KeyId`.
    #[n(0)]
    pub id: String,
    /// The key, sealed by the master key under the provider's key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed_key: Vec<u8>,
    /// When it was added.
    #[cbor(n(2), with = "codec::instant")]
    pub added: Timestamp,
}

impl std::fmt::Debug for SamlPrivateKeyRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "SamlPrivateKeyRecord({})", self.id)
    }
}
