//! The keys with which an identity provider signs: those of its metadata's certificates, and no others.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use portcullis_base::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The algorithms of signatures that are taken (RFC 6931 sections 2.3.2 to 2.3.6), by name. SHA-1 and keyed hashes are
/// not among them.
const ALGORITHMS: [(&str, &dyn VerificationAlgorithm); 6] = [
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", &RSA_PKCS1_2048_8192_SHA256),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", &RSA_PKCS1_2048_8192_SHA384),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", &RSA_PKCS1_2048_8192_SHA512),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", &ECDSA_P256_SHA256_FIXED),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", &ECDSA_P384_SHA384_FIXED),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", &ECDSA_P521_SHA512_FIXED),
];

/// A public key whose certificate is valid now.
pub struct SigningKey {
    // The SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    // INVARIANT: of a certificate that was valid at the instant for which it was asked.
    encoded: Vec<u8>,
}

impl SigningKey {
    /// The key of a certificate, if that is one and valid at this instant.
    pub fn of(der: &[u8], now: Timestamp) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        let seconds = now.millis().div_euclid(1000);
        let is_valid = (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&seconds);
        (rest.is_empty() && is_valid).then(|| Self { encoded: certificate.public_key().raw.to_vec() })
    }

    /// Whether it made this signature by this algorithm.
    pub fn has_signed(&self, algorithm: &str, signed: &[u8], signature: &[u8]) -> bool {
        ALGORITHMS.iter().any(|(name, verification)| {
            *name == algorithm
                && UnparsedPublicKey::new(*verification, &self.encoded).verify(signed, signature).is_ok()
        })
    }
}
