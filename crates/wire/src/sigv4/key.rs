//! Signing keys: derived from a secret for one day, region and service, and remembered for a while.
//!
//! A derived key is as good as the secret for its day, so it is wiped when dropped and never printed. The memory is
//! addressed by a hash over the secret itself: a key id that gets a new secret cannot meet an old entry. Only keys
//! with which a signature held are remembered, so nobody without a secret can push others' entries out.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use portcullis_base::Secret;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Scope;
use crate::limits::SIGNING_KEYS_MAX;

/// A key that signs in one scope.
#[derive(Clone)]
pub(super) struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// Derives the key of a scope (IAM User Guide, "Create a signed AWS API request", step 4).
    pub(super) fn derive(secret: &Secret, scope: &Scope) -> Self {
        let mut start = Zeroizing::new(b"AWS4".to_vec());
        start.extend_from_slice(secret.expose_bytes());
        let mut key = Zeroizing::new(keyed_hash(&start, scope.date.as_bytes()));
        for part in [scope.region.as_str(), scope.service.as_str(), Scope::TERMINATOR] {
            key = Zeroizing::new(keyed_hash(key.as_slice(), part.as_bytes()));
        }
        Self(key)
    }

    /// The signature of a string.
    pub(super) fn sign(&self, string_to_sign: &str) -> [u8; 32] {
        keyed_hash(self.0.as_slice(), string_to_sign.as_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SigningKey(…)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 section 2)")]
fn keyed_hash(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// What a remembered key is found by: a hash over the access key id, the secret and the scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KeyAddress([u8; 32]);

impl KeyAddress {
    pub(super) fn of(access_key_id: &str, secret: &Secret, scope: &Scope) -> Self {
        let mut hash = Sha256::new();
        let parts = [
            access_key_id.as_bytes(),
            secret.expose_bytes(),
            scope.date.as_bytes(),
            scope.region.as_bytes(),
            scope.service.as_bytes(),
        ];
        for part in parts {
            // The length in front keeps two neighbours from sharing letters.
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// A bounded memory of derived keys; the oldest goes first.
#[derive(Default)]
pub(super) struct KeyMemory {
    keys: HashMap<KeyAddress, SigningKey>,
    // INVARIANT: holds each address of `keys` once, oldest first.
    order: VecDeque<KeyAddress>,
}

impl KeyMemory {
    pub(super) fn find(&self, address: KeyAddress) -> Option<SigningKey> {
        self.keys.get(&address).cloned()
    }

    pub(super) fn remember(&mut self, address: KeyAddress, key: SigningKey) {
        if self.keys.insert(address, key).is_some() {
            return;
        }
        self.order.push_back(address);
        if self.order.len() > SIGNING_KEYS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.keys.remove(&oldest);
        }
    }
}

static MEMORY: Mutex<Option<KeyMemory>> = Mutex::new(None);

/// Runs something on the process's memory of keys. A panic elsewhere leaves it usable: it is only a memory.
pub(super) fn with_memory<T>(run: impl FnOnce(&mut KeyMemory) -> T) -> T {
    let mut memory: MutexGuard<'_, Option<KeyMemory>> = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    run(memory.get_or_insert_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(region: &str) -> Scope {
        Scope { date: "20150830".into(), region: region.into(), service: "iam".into() }
    }

    #[test]
    fn the_published_key_is_derived() {
        // The example of the IAM User Guide's page on deriving a signing key.
        let secret = Secret::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        let key = SigningKey::derive(&secret, &scope("us-east-1"));
        assert_eq!(
            hex::encode(key.0.as_slice()),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }

    #[test]
    fn another_secret_under_the_same_id_is_another_address() {
        let [old, new] = ["old", "new"].map(|text| Secret::from(text.to_owned()));
        assert!(KeyAddress::of("AKID", &old, &scope("r")) == KeyAddress::of("AKID", &old, &scope("r")));
        assert!(KeyAddress::of("AKID", &old, &scope("r")) != KeyAddress::of("AKID", &new, &scope("r")));
        assert!(
            KeyAddress::of("AKID", &old, &scope("r"))
                != KeyAddress::of("AKIDo", &"ld".to_owned().into(), &scope("r"))
        );
    }

    #[test]
    fn the_memory_is_bounded_and_forgets_the_oldest() {
        let secret = Secret::from("s".to_owned());
        let mut memory = KeyMemory::default();
        let addresses: Vec<_> =
            (0..=SIGNING_KEYS_MAX).map(|n| KeyAddress::of(&n.to_string(), &secret, &scope("r"))).collect();
        for address in &addresses {
            memory.remember(*address, SigningKey::derive(&secret, &scope("r")));
            memory.remember(*address, SigningKey::derive(&secret, &scope("r")));
        }
        assert_eq!((memory.keys.len(), memory.order.len()), (SIGNING_KEYS_MAX, SIGNING_KEYS_MAX));
        assert!(memory.find(addresses[0]).is_none());
        assert!(memory.find(addresses[1]).is_some());
    }
}
