//! The keys with which an identity provider signs: those of its metadata's certificates, and no others.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use bergshamra_dsig::DsigContext;
use bergshamra_keys::{Key, KeysManager, loader};
use portcullis_base::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// Kinds of keys. Their names in the table below are those of the curves and of RSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    P521,
}

/// The algorithms of signatures that are taken (RFC 6931 sections 2.3.2 to 2.3.6), and the keys that are good for each.
/// SHA-1 and keyed hashes are not among them.
const ALGORITHMS: [(&str, Kind, &dyn VerificationAlgorithm); 6] = [
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Kind::Rsa, &RSA_PKCS1_2048_8192_SHA256),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", Kind::Rsa, &RSA_PKCS1_2048_8192_SHA384),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", Kind::Rsa, &RSA_PKCS1_2048_8192_SHA512),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", Kind::P256, &ECDSA_P256_SHA256_FIXED),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", Kind::P384, &ECDSA_P384_SHA384_FIXED),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", Kind::P521, &ECDSA_P521_SHA512_FIXED),
];

/// Bits of an RSA key (NIST SP 800-131A).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key whose certificate is valid now.
pub struct SigningKey {
    kind: Kind,
    // The SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    // INVARIANT: of a certificate that was valid at the instant for which it was asked, and strong enough.
    encoded: Vec<u8>,
}

impl SigningKey {
    /// The key of a certificate, if that is one and valid at this instant.
    pub fn of(der: &[u8], now: Timestamp) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        let seconds = now.millis().div_euclid(1000);
        let is_valid = (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&seconds);
        let key = certificate.public_key();
        let kind = match key.parsed().ok()? {
            PublicKey::RSA(rsa) if RSA_BITS.contains(&rsa.key_size()) => Kind::Rsa,
            PublicKey::EC(point) => match point.key_size() {
                256 => Kind::P256,
                384 => Kind::P384,
                // Coordinates have whole bytes.
                521 | 528 => Kind::P521,
                _ => return None,
            },
            _ => return None,
        };
        (rest.is_empty() && is_valid).then(|| Self { kind, encoded: key.raw.to_vec() })
    }

    /// Whether it made this signature of these bytes, by an algorithm that it is good for. It costs little, and who cannot
    /// sign gets no further.
    pub fn has_signed(&self, algorithm: &str, bytes: &str, signature: &[u8]) -> bool {
        ALGORITHMS.iter().any(|(name, kind, verification)| {
            (*name, *kind) == (algorithm, self.kind)
                && UnparsedPublicKey::new(*verification, &self.encoded)
                    .verify(bytes.as_bytes(), signature)
                    .is_ok()
        })
    }

    /// Itself as the one key that counts, whatever a signature says of keys.
    pub fn alone(&self) -> Option<DsigContext> {
        let key: Key = loader::load_spki_der(&self.encoded).ok()?;
        let mut keys = KeysManager::new();
        keys.add_key(key);
        Some(DsigContext::new(keys))
    }
}
