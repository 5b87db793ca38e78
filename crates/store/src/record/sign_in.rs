//! How people sign in to the access portal, and where they are signed in.

use minicbor::{Decode, Encode};
use portcullis_base::{Timestamp, UniqueId};

use crate::codec;

/// What a user of the identity store signs in with.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SignInRecord {
    /// The user.
    #[n(0)]
    pub user: String,
    /// The [`PasswordHashRecord`](super::PasswordHashRecord), sealed by the master key under this record's key; absent
    /// until there is a password.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed_hash: Option<Vec<u8>>,
    /// Whether the user must choose another password before anything else.
    #[n(2)]
    pub is_change_due: bool,
    /// When the password was set.
    #[cbor(n(3), with = "codec::instant")]
    pub set: Timestamp,
    /// The authenticator app whose codes are asked for.
    #[n(4)]
    pub authenticator: Option<AuthenticatorRecord>,
}

impl std::fmt::Debug for SignInRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "SignInRecord({})", self.user)
    }
}

/// An authenticator app.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AuthenticatorRecord {
    /// By it used codes are remembered.
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// Its seed, sealed by the master key under the record's key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed_seed: Vec<u8>,
    /// When it was set up.
    #[cbor(n(2), with = "codec::instant")]
    pub since: Timestamp,
}

/// A sign-in session of the access portal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PortalSessionRecord {
    /// A UUID; tokens and events name the session by it.
    #[n(0)]
    pub id: String,
    /// Who signed in.
    #[n(1)]
    pub user: String,
    /// SHA-256 of the secret that the browser holds.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub secret_hash: Vec<u8>,
    /// When.
    #[cbor(n(3), with = "codec::instant")]
    pub created: Timestamp,
    /// From this instant on it is over, however much it is used.
    #[cbor(n(4), with = "codec::instant")]
    pub expires: Timestamp,
    /// From where.
    #[n(5)]
    pub source_ip: String,
    /// With what.
    #[n(6)]
    pub user_agent: String,
    /// Whether a code was given.
    #[n(7)]
    pub has_mfa: bool,
}
