//! An issuer's public key, and the algorithms that are its own (RFC 7517, RFC 7518 section 6).
//!
//! Which algorithm a key may be used with follows from the key. A key that is weak or of another kind is passed over, as
//! if the issuer had not published it.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, RsaParameters, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value as Json;

use super::compact::{Algorithm, Hash, decoded};

/// The shortest and longest RSA modulus, in bits (NIST SP 800-131A; what the library verifies).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A curve: its name, the length of a coordinate, the hash that goes with it, how it is verified.
type Curve = (&'static str, usize, Hash, &'static EcdsaVerificationAlgorithm);

const CURVES: [Curve; 3] = [
    ("P-256", 32, Hash::Bits256, &signature::ECDSA_P256_SHA256_FIXED),
    ("P-384", 48, Hash::Bits384, &signature::ECDSA_P384_SHA384_FIXED),
    ("P-521", 66, Hash::Bits512, &signature::ECDSA_P521_SHA512_FIXED),
];

/// A key of an issuer.
pub struct Key {
    kid: Option<String>,
    /// The one algorithm that the issuer wants it to be used with, if it says so.
    only: Option<Algorithm>,
    public: Public,
}

enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Elliptic { curve: &'static Curve, point: Vec<u8> },
}

impl Key {
    /// Reads a JWK; nothing if no signature of a token can be verified with it.
    pub fn read(jwk: &Json) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Json::as_str);
        let verifies =
            |held: &Json| held.as_array().is_some_and(|held| held.iter().any(|one| one == "verify"));
        if !jwk.get("use").is_none_or(|held| held == "sig") || !jwk.get("key_ops").is_none_or(verifies) {
            return None;
        }
        let public = match text("kty")? {
            "RSA" => rsa(decoded(text("n")?)?, decoded(text("e")?)?)?,
            "EC" => elliptic(text("crv")?, &decoded(text("x")?)?, &decoded(text("y")?)?)?,
            _ => return None,
        };
        let only = match jwk.get("alg") {
            None => None,
            Some(named) => Some(Algorithm::named(named.as_str()?)?),
        };
        let kid = match jwk.get("kid") {
            None => None,
            Some(kid) => Some(kid.as_str()?.to_owned()),
        };
        Some(Self { kid, only, public })
    }

    /// Whether a token may be signed by this key with this algorithm.
    pub fn is_for(&self, algorithm: Algorithm) -> bool {
        let is_its_own = match (&self.public, algorithm) {
            (Public::Rsa { .. }, Algorithm::Rs(_) | Algorithm::Ps(_)) => true,
            (Public::Elliptic { curve, .. }, Algorithm::Es(hash)) => curve.2 == hash,
            _ => false,
        };
        is_its_own && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether this is its name.
    pub fn is_named(&self, kid: &str) -> bool {
        self.kid.as_deref() == Some(kid)
    }

    /// Whether the signature holds.
    pub fn verifies(&self, algorithm: Algorithm, message: &str, signature: &str) -> bool {
        let Some(signature) = decoded(signature) else { return false };
        if !self.is_for(algorithm) {
            return false;
        }
        match &self.public {
            Public::Rsa { n, e } => {
                let key = rsa::PublicKeyComponents { n, e };
                parameters(algorithm).is_some_and(|by| key.verify(by, message.as_bytes(), &signature).is_ok())
            }
            Public::Elliptic { curve, point } => {
                let by: &'static dyn VerificationAlgorithm = curve.3;
                UnparsedPublicKey::new(by, point).verify(message.as_bytes(), &signature).is_ok()
            }
        }
    }
}

fn parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs(Hash::Bits256) => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs(Hash::Bits384) => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs(Hash::Bits512) => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps(Hash::Bits256) => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps(Hash::Bits384) => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps(Hash::Bits512) => Some(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Es(_) => None,
    }
}

fn rsa(n: Vec<u8>, e: Vec<u8>) -> Option<Public> {
    let first = n.first().filter(|first| **first != 0)?;
    let bits = n.len() * 8 - first.leading_zeros() as usize;
    // With the exponent 1 a signature is its own proof; an even one is no exponent.
    let is_sound = match e.as_slice() {
        [] | [0, ..] | [1] => false,
        [.., last] => last % 2 == 1 && e.len() <= 4,
    };
    (is_sound && RSA_BITS.contains(&bits)).then_some(Public::Rsa { n, e })
}

fn elliptic(name: &str, x: &[u8], y: &[u8]) -> Option<Public> {
    let curve = CURVES.iter().find(|curve| curve.0 == name)?;
    if x.len() != curve.1 || y.len() != curve.1 {
        return None;
    }
    // Uncompressed (SEC 1 section 2.3.3); whether it lies on the curve is checked when it is used.
    let point = [&[4], x, y].concat();
    Some(Public::Elliptic { curve, point })
}
