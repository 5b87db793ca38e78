//! From what a signature claims to the secret that must have made it.
//!
//! A long-term key's secret is in the snapshot, a session's inside its token. Nothing about either is believed here:
//! whether the caller exists and may act is asked when the signature has held ([`crate::caller`]).

use std::sync::Arc;

use arc_swap::ArcSwap;
use imbl::HashMap;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::{AccessKeyId, AccountId, Secret};
use portcullis_policy::PolicyKind;
use portcullis_policy::serving::Compiled;
use sha2::{Digest, Sha256};

use crate::error::{ApiError, Family};
use crate::port::Claim;
use crate::snapshot::document::compiled;
use crate::snapshot::{AccessKey, Snapshot};
use crate::token::{Claims, Ring};

/// Session policies that are kept; beyond this number all are dropped and compiled anew.
const CACHE_MAX: usize = 4096;

/// An opened session token.
pub struct Session {
    /// What it says.
    pub claims: Claims,
    /// Its inline session policy, compiled.
    pub policy: Option<Arc<Compiled>>,
}

/// A credential whose secret is known, and nothing else is believed.
#[derive(Clone)]
pub enum Opened {
    /// A long-term key.
    LongTerm(Arc<AccessKey>),
    /// A session.
    Session(Arc<Session>),
}

impl Opened {
    /// The secret that must have made the signature.
    pub fn secret(&self) -> &Secret {
        match self {
            Self::LongTerm(key) => &key.secret,
            Self::Session(session) => &session.claims.secret,
        }
    }

    /// The access key id.
    pub fn access_key_id(&self) -> &AccessKeyId {
        match self {
            Self::LongTerm(key) => &key.id,
            Self::Session(session) => &session.claims.access_key_id,
        }
    }

    /// The account in which it acts.
    pub fn account(&self) -> AccountId {
        match self {
            Self::LongTerm(key) => key.account,
            Self::Session(session) => session.claims.account,
        }
    }
}

/// Inline session policies by the hash of their text, kept ready. Reading them takes no lock.
#[derive(Default)]
pub struct SessionPolicies {
    compiled: ArcSwap<HashMap<[u8; 32], Arc<Compiled>>>,
}

impl SessionPolicies {
    /// A session policy, compiled.
    pub fn document(&self, text: &str) -> Arc<Compiled> {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some(document) = self.compiled.load().get(&digest) {
            return Arc::clone(document);
        }
        let document = compiled(text, PolicyKind::Session);
        self.compiled.rcu(|held| {
            let kept = if held.len() < CACHE_MAX { (**held).clone() } else { HashMap::default() };
            kept.update(digest, Arc::clone(&document))
        });
        document
    }
}

/// Opens the credential that a signature claims.
///
/// # Errors
/// AWS's errors for an unknown key or a token that does not belong to it.
pub fn open(
    claim: &Claim,
    snapshot: &Snapshot,
    ring: &Ring,
    policies: &SessionPolicies,
    family: Family,
) -> Result<Opened, ApiError> {
    let id: AccessKeyId = claim.access_key_id.parse().map_err(|_| ApiError::unknown_key(family))?;
    match (&claim.session_token, id.kind()) {
        (None, AccessKeyKind::LongTerm) => {
            let key = snapshot.access_key(&id).ok_or_else(|| ApiError::unknown_key(family))?;
            Ok(Opened::LongTerm(Arc::clone(key)))
        }
        (Some(token), AccessKeyKind::Temporary) => {
            let claims = ring.open_token(token, id.as_str()).map_err(|_| ApiError::bad_token(family))?;
            let policy = claims.passed.policy.as_deref().map(|text| policies.document(text));
            Ok(Opened::Session(Arc::new(Session { claims, policy })))
        }
        (None, AccessKeyKind::Temporary) => Err(ApiError::unknown_key(family)),
        (Some(_), AccessKeyKind::LongTerm) => Err(ApiError::bad_token(family)),
    }
}
