//! The key ring: which keys seal and open session tokens.
//!
//! The newest key seals; older ones open until no token sealed with them can be alive. Keys lie in the store sealed
//! by the master key, so that a copied store opens no token.

use std::time::Duration;

use portcullis_base::world::Entropy;
use portcullis_base::{Secret, Timestamp};
use portcullis_store::MasterKey;
use portcullis_store::record::{KeyRingRecord, RingKeyRecord};
use zeroize::Zeroizing;

use super::claims::Claims;
use super::encoding;
use super::seal::{CannotOpen, RawToken, SealKey};

/// A new key is made this long after the last.
pub const ROTATE_AFTER: Duration = Duration::from_hours(24);
/// A replaced key is destroyed this long after it last sealed: the longest life of a session, and a minute for what
/// was still sealed with it while the news of its replacement went round.
pub const DESTROY_AFTER: Duration = Duration::from_mins(36 * 60 + 1);
/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The keys of one deployment, ready for use.
pub struct Ring {
    deployment: String,
    // INVARIANT: not empty; ordered by creation, the last one seals.
    keys: Vec<SealKey>,
    record: KeyRingRecord,
}

fn context(id: u32) -> Vec<u8> {
    format!("m/keyring/{id}").into_bytes()
}

fn make_key(id: u32, now: Timestamp, master: &MasterKey, entropy: &dyn Entropy) -> RingKeyRecord {
    let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
    entropy.fill(bytes.as_mut());
    RingKeyRecord { id, created: now, sealed: master.seal(&context(id), bytes.as_ref()), retired_at_ms: None }
}

fn is_spent(key: &RingKeyRecord, now: Timestamp) -> bool {
    let retired = key.retired_at_ms.map(Timestamp::from_millis);
    retired.is_some_and(|retired| now.since(retired) >= DESTROY_AFTER)
}

impl Ring {
    /// The ring of a deployment, from its record.
    ///
    /// # Errors
    /// [`CannotOpen`] when the record is empty or sealed by another master key.
    pub fn open(deployment: &str, record: KeyRingRecord, master: &MasterKey) -> Result<Self, CannotOpen> {
        let keys: Vec<SealKey> = record
            .keys
            .iter()
            .map(|key| {
                let bytes: Secret = master.open(&context(key.id), &key.sealed).map_err(|_| CannotOpen)?;
                SealKey::new(key.id, bytes.expose_bytes())
            })
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(CannotOpen);
        }
        Ok(Self { deployment: deployment.to_owned(), keys, record })
    }

    /// The record of a new deployment's ring.
    pub fn first_record(now: Timestamp, master: &MasterKey, entropy: &dyn Entropy) -> KeyRingRecord {
        KeyRingRecord { keys: vec![make_key(1, now, master, entropy)] }
    }

    /// Whether the sealing key has served its time.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.record.keys.last().is_none_or(|newest| now.since(newest.created) >= ROTATE_AFTER)
    }

    /// Whether a replaced key has outlived every token that it sealed.
    pub fn has_spent(&self, now: Timestamp) -> bool {
        self.record.keys.iter().any(|key| is_spent(key, now))
    }

    /// The numbers of the keys, in the order of their making; the last one seals.
    pub fn key_ids(&self) -> Vec<u32> {
        self.keys.iter().map(SealKey::id).collect()
    }

    /// The record after a rotation: a new key at the end, and without those that no live token can need.
    pub fn rotated(&self, now: Timestamp, master: &MasterKey, entropy: &dyn Entropy) -> KeyRingRecord {
        let next_id = self.record.keys.iter().map(|key| key.id).max().unwrap_or(0).wrapping_add(1);
        let mut record = self.pruned(now);
        for key in &mut record.keys {
            key.retired_at_ms.get_or_insert(now.millis());
        }
        record.keys.push(make_key(next_id, now, master, entropy));
        record
    }

    /// The record without the keys that no live token can need.
    pub fn pruned(&self, now: Timestamp) -> KeyRingRecord {
        let keys = self.record.keys.iter().filter(|key| !is_spent(key, now)).cloned().collect();
        KeyRingRecord { keys }
    }

    /// Seals claims into a token.
    ///
    /// # Errors
    /// [`CannotOpen`] when the cipher refuses.
    pub fn seal(&self, claims: &Claims, entropy: &dyn Entropy) -> Result<String, CannotOpen> {
        let bytes = Zeroizing::new(encoding::to_bytes(claims));
        let key = self.keys.last().ok_or(CannotOpen)?;
        key.seal(&bytes, claims.access_key_id.as_str(), &self.deployment, entropy)
    }

    /// Opens a token that came beside this access key id.
    ///
    /// # Errors
    /// [`CannotOpen`] when it is damaged, made elsewhere, for another key, or sealed with a destroyed key.
    pub fn open_token(&self, token: &str, access_key_id: &str) -> Result<Claims, CannotOpen> {
        let raw = RawToken::parse(token)?;
        let key = self.keys.iter().find(|key| key.id() == raw.key_id).ok_or(CannotOpen)?;
        let bytes = Zeroizing::new(key.open(&raw, access_key_id, &self.deployment)?);
        let claims = encoding::from_bytes(&bytes)?;
        if claims.access_key_id.as_str() == access_key_id { Ok(claims) } else { Err(CannotOpen) }
    }
}
