//! A token as it comes: three parts, and a header that says how it claims to be signed (RFC 7515 section 3.1).
//!
//! Split by ourselves and strictly, so that what is verified is what is read: no padding, no bits left over, no fourth
//! part, no unknown extension. What the header says chooses among the issuer's keys and never the kind of key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;

use super::json::Members;

/// How a token may be signed (OpenID Connect Core section 3.1.3.7): always with a private key. `none` and keyed hashes are
/// not among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5.
    Rs(Hash),
    /// RSA, PSS.
    Ps(Hash),
    /// ECDSA with the curve of the hash's size.
    Es(Hash),
}

/// SHA-2 of so many bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Bits256,
    /// SHA-384.
    Bits384,
    /// SHA-512.
    Bits512,
}

impl Algorithm {
    /// By its name (RFC 7518 section 3.1), letter by letter.
    pub fn named(name: &str) -> Option<Self> {
        let (family, bits) = name.split_at_checked(2)?;
        let hash = match bits {
            "256" => Hash::Bits256,
            "384" => Hash::Bits384,
            "512" => Hash::Bits512,
            _ => return None,
        };
        match family {
            "RS" => Some(Self::Rs(hash)),
            "PS" => Some(Self::Ps(hash)),
            "ES" => Some(Self::Es(hash)),
            _ => None,
        }
    }
}

/// A token whose signature nobody has looked at.
pub struct Unverified<'a> {
    /// What it claims to be signed with.
    pub algorithm: Algorithm,
    /// The key that it claims to be signed by.
    pub kid: Option<String>,
    /// What it says.
    pub claims: Members,
    /// What is signed.
    pub message: &'a str,
    /// The signature as it came.
    pub signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Reads a token; nothing if it is none of the kind that is taken.
    pub fn read(token: &'a str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        if payload.contains('.') || signature.is_empty() {
            return None;
        }
        let header = Members::read(&decoded(header)?)?;
        // An extension that must be understood, or that changes what is signed (RFC 7515 section 4.1.11, RFC 7797).
        if header.member("crit").is_some() || header.member("b64").is_some() {
            return None;
        }
        // Other kinds of token are signed with the same keys: a logout token is no proof of a sign-in (RFC 8725 section 3.11).
        if !header.member("typ").is_none_or(|held| held.as_str().is_some_and(is_plain_kind)) {
            return None;
        }
        let kid = match header.member("kid") {
            None => None,
            Some(Json::String(kid)) => Some(kid.clone()),
            Some(_) => return None,
        };
        Some(Self {
            algorithm: Algorithm::named(header.member("alg")?.as_str()?)?,
            kid,
            claims: Members::read(&decoded(payload)?)?,
            message,
            signature,
        })
    }
}

fn is_plain_kind(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("JWT")
}

/// Base64url as a token has it.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
