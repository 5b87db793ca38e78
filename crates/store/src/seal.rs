//! Keeping secrets in the store without keeping them readable there.
//!
//! Secret keys and the key ring of session tokens are sealed under the *master key*, which lies in a file of its
//! own beside the store. A copy of the store alone opens nothing; and because the key under which a record
//! stands is authenticated with it, sealed bytes that are moved to another record do not open there.
//!
//! ```
//! use portcullis_base::world::World;
//! use portcullis_store::MasterKey;
//!
//! let master = MasterKey::generate(&World::system())?;
//! let sealed = master.seal(b"i/key/AKIA0001", b"the secret");
//! assert_eq!(master.open(b"i/key/AKIA0001", &sealed)?.expose_bytes(), b"the secret");
//! assert!(master.open(b"i/key/AKIA0002", &sealed).is_err());
//! # Ok::<(), portcullis_store::StoreError>(())
//! ```

use std::{fmt, path::Path, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use portcullis_base::{
    Secret,
    world::{Entropy, World},
};
use zeroize::Zeroizing;

use crate::{
    engine::Engine,
    error::{CommitError, StoreError},
    key::Key,
    transaction::{Guard, Transaction},
};

mod key_file;

/// In front of everything sealed: which way of sealing it was.
const VERSION: u8 = 1;
/// Bytes of a master key.
const KEY_BYTES: usize = 32;

/// The key that seals what the store holds: never printed, never stored in what it seals.
pub struct MasterKey {
    sealing: LessSafeKey,
    fingerprint: Fingerprint,
    entropy: Arc<dyn Entropy>,
}

impl MasterKey {
    /// A key that nobody keeps, for a store that nobody keeps.
    ///
    /// # Errors
    /// None that can be provoked: those of the cryptographic library.
    pub fn generate(world: &World) -> Result<Self, StoreError> {
        Self::from_bytes(&random_key(world), world)
    }

    /// The key in this file, which is made with a new key if there is none.
    ///
    /// # Errors
    /// [`StoreError::MasterKey`] if the file can be read by others, holds something else or cannot be written.
    pub fn load_or_create(path: &Path, world: &World) -> Result<Self, StoreError> {
        if !path.exists() {
            key_file::create(path, &random_key(world))?;
        }
        Self::load(path, world)
    }

    /// The key in this file.
    ///
    /// # Errors
    /// [`StoreError::MasterKey`] if there is no such file, it can be read by others, or it holds something else.
    pub fn load(path: &Path, world: &World) -> Result<Self, StoreError> {
        let bytes = key_file::read(path)?;
        Self::from_bytes(&bytes, world)
    }

    /// The key in this file, if it is the one under which this store's secrets are sealed. For a store that has
    /// no master key yet, the file is made if need be, and its key becomes the store's.
    ///
    /// # Errors
    /// [`StoreError::MasterKey`] as for [`Self::load`], or if it is another key than the store's: then no file
    /// is made, because a new key would open nothing. Otherwise, those of the store.
    pub async fn for_store(path: &Path, engine: &dyn Engine, world: &World) -> Result<Self, StoreError> {
        let place = Key::text("m/master-key");
        if let Some(bound) = engine.read(&place).await? {
            let master = Self::load(path, world)?;
            return if bound.value == master.fingerprint.0 {
                Ok(master)
            } else {
                Err(other_key(path, &bound.value))
            };
        }
        let master = Self::load_or_create(path, world)?;
        let bind =
            Transaction::new().guard(Guard::Absent(place.clone())).put(place, master.fingerprint.0.to_vec());
        match engine.commit(bind).await {
            Ok(_) => Ok(master),
            Err(CommitError::Store(error)) => Err(error),
            Err(CommitError::Conflict) => Err(StoreError::MasterKey {
                path: path.display().to_string(),
                detail: "another server gave the store its master key at this moment: start again".to_owned(),
            }),
        }
    }

    /// What names this key without telling anything about it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Seals bytes for the one place that `context` names: the key under which the record stands.
    ///
    /// # Panics
    /// With more than 2^36 bytes, which no record comes near.
    #[expect(
        clippy::expect_used,
        reason = "sealing fails only for more bytes than a computer's memory holds"
    )]
    pub fn seal(&self, context: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce);
        let mut text = Zeroizing::new(Vec::with_capacity(plaintext.len() + AES_256_GCM_SIV.tag_len()));
        text.extend_from_slice(plaintext);
        self.sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut *text)
            .expect("the text is of a length that can be sealed");
        [&[VERSION], nonce.as_slice(), text.as_slice()].concat()
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`StoreError::Unsealable`] if it was tampered with, sealed for another place or under another key, or by
    /// a newer version.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Secret, StoreError> {
        let unsealable = |detail| StoreError::Unsealable { detail };
        let (version, rest) = sealed.split_first().ok_or_else(|| unsealable("it is empty"))?;
        if *version != VERSION {
            return Err(unsealable("it was sealed in a way that this version does not know"));
        }
        let (nonce, text) = rest.split_first_chunk().ok_or_else(|| unsealable("it is too short"))?;
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self
            .sealing
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut text)
            .map_err(|_| {
                unsealable("it was altered, moved from another record or sealed under another key")
            })?;
        Ok(Secret::new(opened.to_vec()))
    }

    /// Two keys are derived from the one in the file, so that the fingerprint says nothing about the other
    /// (HKDF, RFC 5869).
    fn from_bytes(bytes: &[u8; KEY_BYTES], world: &World) -> Result<Self, StoreError> {
        let failed = |_| StoreError::Unavailable {
            doing: "deriving keys",
            detail: "the cryptographic library refused".to_owned(),
        };
        let root = Salt::new(HKDF_SHA256, b"portcullis master key").extract(bytes);
        let sealing = root.expand(&[b"sealing records"], &AES_256_GCM_SIV).map_err(failed)?;
        let mut fingerprint = [0; FINGERPRINT_BYTES];
        root.expand(&[b"fingerprint"], FingerprintLength)
            .and_then(|derived| derived.fill(&mut fingerprint))
            .map_err(failed)?;
        Ok(Self {
            sealing: LessSafeKey::new(UnboundKey::from(sealing)),
            fingerprint: Fingerprint(fingerprint),
            entropy: Arc::clone(&world.entropy),
        })
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MasterKey({})", self.fingerprint)
    }
}

const FINGERPRINT_BYTES: usize = 8;

/// A short name of a master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; FINGERPRINT_BYTES]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

struct FingerprintLength;

impl KeyType for FingerprintLength {
    fn len(&self) -> usize {
        FINGERPRINT_BYTES
    }
}

fn random_key(world: &World) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    world.entropy.fill(bytes.as_mut_slice());
    bytes
}

fn other_key(path: &Path, bound: &[u8]) -> StoreError {
    StoreError::MasterKey {
        path: path.display().to_string(),
        detail: format!(
            "the store's secrets are sealed under another one, with the fingerprint {}: put that key there",
            hex::encode(bound)
        ),
    }
}

#[cfg(test)]
mod tests;
