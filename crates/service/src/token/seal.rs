//! Sealing and opening session tokens: the only place that knows their ciphertext.
//!
//! Layout before base64: version byte, ring key id (4 bytes, big endian), nonce (12 bytes), then the AES-256-GCM-SIV
//! ciphertext (RFC 8452) of the claims. Version, ring key id, access key id and deployment id are associated data, so
//! a token opens only beside the access key it was made for and only where it was made.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::world::Entropy;

/// The version written.
const VERSION: u8 = 1;
/// Bytes before the ciphertext.
const HEAD: usize = 1 + 4 + NONCE_LEN;

/// A key that seals tokens.
pub struct SealKey {
    id: u32,
    key: LessSafeKey,
}

/// The token cannot be opened: damaged, made elsewhere, or not for this access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session token cannot be opened")]
pub struct CannotOpen;

impl SealKey {
    /// A key from 32 bytes.
    ///
    /// # Errors
    /// [`CannotOpen`] when there are not 32 bytes.
    pub fn new(id: u32, bytes: &[u8]) -> Result<Self, CannotOpen> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, bytes).map_err(|_| CannotOpen)?;
        Ok(Self { id, key: LessSafeKey::new(key) })
    }

    /// The number that stands in front of its tokens.
    pub fn id(&self) -> u32 {
        self.id
    }

    fn associated(&self, access_key_id: &str, deployment: &str) -> Vec<u8> {
        let mut associated = vec![VERSION];
        associated.extend_from_slice(&self.id.to_be_bytes());
        for part in [access_key_id, deployment] {
            associated.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            associated.extend_from_slice(part.as_bytes());
        }
        associated
    }

    /// Seals claims into the text of a token.
    ///
    /// # Errors
    /// [`CannotOpen`] when the cipher refuses, which it does only beyond its length limit.
    pub fn seal(
        &self,
        claims: &[u8],
        access_key_id: &str,
        deployment: &str,
        entropy: &dyn Entropy,
    ) -> Result<String, CannotOpen> {
        let mut nonce = [0_u8; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut body = claims.to_vec();
        let associated = Aad::from(self.associated(access_key_id, deployment));
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), associated, &mut body)
            .map_err(|_| CannotOpen)?;
        let mut token = Vec::with_capacity(HEAD + body.len());
        token.push(VERSION);
        token.extend_from_slice(&self.id.to_be_bytes());
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&body);
        Ok(STANDARD.encode(token))
    }

    /// Opens a token's bytes, which name this key.
    ///
    /// # Errors
    /// [`CannotOpen`] when anything about it is not as it was sealed.
    pub fn open(
        &self,
        token: &RawToken,
        access_key_id: &str,
        deployment: &str,
    ) -> Result<Vec<u8>, CannotOpen> {
        let nonce = token.bytes.get(5..HEAD).and_then(|bytes| bytes.try_into().ok()).ok_or(CannotOpen)?;
        let mut body = token.bytes.get(HEAD..).ok_or(CannotOpen)?.to_vec();
        let associated = Aad::from(self.associated(access_key_id, deployment));
        let length = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(nonce), associated, &mut body)
            .map_err(|_| CannotOpen)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

/// A token's bytes, of which only the ring key id has been read.
pub struct RawToken {
    bytes: Vec<u8>,
    /// The ring key it names.
    pub key_id: u32,
}

impl RawToken {
    /// Reads the text of a token.
    ///
    /// # Errors
    /// [`CannotOpen`] when it is not base64, too short, or of another version.
    pub fn parse(text: &str) -> Result<Self, CannotOpen> {
        if text.len() > crate::limits::TOKEN_BYTES_MAX {
            return Err(CannotOpen);
        }
        let bytes = STANDARD.decode(text).map_err(|_| CannotOpen)?;
        match bytes.as_slice() {
            [VERSION, a, b, c, d, ..] => {
                let key_id = u32::from_be_bytes([*a, *b, *c, *d]);
                Ok(Self { bytes, key_id })
            }
            _ => Err(CannotOpen),
        }
    }
}
