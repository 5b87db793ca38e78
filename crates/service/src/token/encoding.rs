//! Claims as bytes: a fixed part, and a compressed part with what the caller passed in.
//!
//! The secret is never compressed together with text that a caller chose: the length of such a mixture tells about
//! the secret.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use minicbor::{Decode, Encode};
use portcullis_base::{AccessKeyId, AccountId, Secret, Timestamp, UniqueId};
use portcullis_store::codec;

use super::claims::{Ancestor, Claims, Federation, Passed, Subject};
use super::seal::CannotOpen;

/// Longest decompressed part: far above what the packed budget can hold honestly.
const PASSED_BYTES_MAX: u64 = 64 * 1024;

#[derive(Encode, Decode)]
struct Fixed {
    #[cbor(n(0), with = "codec::text")]
    access_key_id: AccessKeyId,
    #[cbor(n(1), with = "minicbor::bytes")]
    secret: Vec<u8>,
    #[cbor(n(2), with = "codec::text")]
    account: AccountId,
    #[n(3)]
    subject: Subject,
    #[cbor(n(4), with = "codec::instant")]
    issued: Timestamp,
    #[n(5)]
    issue_revision: u64,
    #[cbor(n(6), with = "codec::instant")]
    expires: Timestamp,
    #[n(7)]
    source_identity: Option<String>,
    #[n(8)]
    mfa_at_ms: Option<i64>,
    #[n(9)]
    ancestors: Vec<Ancestor>,
    #[cbor(n(10), with = "minicbor::bytes")]
    passed: Vec<u8>,
    #[n(11)]
    federation: Option<Federation>,
    #[n(12)]
    person: Option<String>,
}

/// What was passed in, packed: its length against [`crate::limits::PACKED_BYTES_MAX`] is `PackedPolicySize`.
pub fn pack(passed: &Passed) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing into a vector cannot fail.
    let _ = encoder.write_all(&codec::to_bytes(passed));
    encoder.finish().unwrap_or_default()
}

fn unpack(packed: &[u8]) -> Result<Passed, CannotOpen> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed).take(PASSED_BYTES_MAX).read_to_end(&mut bytes).map_err(|_| CannotOpen)?;
    codec::from_bytes(&bytes).map_err(|_| CannotOpen)
}

/// Claims as bytes.
pub fn to_bytes(claims: &Claims) -> Vec<u8> {
    fixed(claims, claims.secret.expose_bytes().to_vec())
}

/// The same without the secret: nobody can sign with it.
pub fn without_secret(claims: &Claims) -> Vec<u8> {
    fixed(claims, Vec::new())
}

fn fixed(claims: &Claims, secret: Vec<u8>) -> Vec<u8> {
    codec::to_bytes(&Fixed {
        access_key_id: claims.access_key_id.clone(),
        secret,
        account: claims.account,
        subject: claims.subject.clone(),
        issued: claims.issued,
        issue_revision: claims.issue_revision,
        expires: claims.expires,
        source_identity: claims.source_identity.clone(),
        mfa_at_ms: claims.mfa_at.map(Timestamp::millis),
        ancestors: claims.ancestors.clone(),
        passed: pack(&claims.passed),
        federation: claims.federation.clone(),
        person: claims.person.clone(),
    })
}

/// Claims from bytes.
///
/// # Errors
/// [`CannotOpen`] when the bytes are not claims.
pub fn from_bytes(bytes: &[u8]) -> Result<Claims, CannotOpen> {
    let fixed: Fixed = codec::from_bytes(bytes).map_err(|_| CannotOpen)?;
    Ok(Claims {
        access_key_id: fixed.access_key_id,
        secret: Secret::new(fixed.secret),
        account: fixed.account,
        subject: fixed.subject,
        issued: fixed.issued,
        issue_revision: fixed.issue_revision,
        expires: fixed.expires,
        passed: unpack(&fixed.passed)?,
        source_identity: fixed.source_identity,
        mfa_at: fixed.mfa_at_ms.map(Timestamp::from_millis),
        ancestors: fixed.ancestors,
        federation: fixed.federation,
        person: fixed.person,
    })
}

/// The principal of a subject; absent for root.
impl Subject {
    /// The role or user whose permissions the session has; absent for root.
    pub fn principal(&self) -> Option<UniqueId> {
        match self {
            Self::Role { role, .. } => Some(*role),
            Self::User { user } => Some(*user),
            Self::Root => None,
            Self::Federated { parent, .. } => *parent,
        }
    }
}
