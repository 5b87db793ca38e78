//! SSH public keys as text: in SSH's own form (RFC 4253, section 6.6) and as PEM (RFC 7468, RFC 8017 appendix A). As
//! with AWS, keys are RSA keys of at least 2048 bits (IAM API reference, UploadSSHPublicKey).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::error::ApiError;

/// The name of the kind of key, in text and inside it.
const KIND: &str = "ssh-rsa";
/// The fewest bits of the modulus.
const BITS_MIN: usize = 2048;
/// Characters on a line of PEM.
const PEM_LINE: usize = 64;
/// The label of a key with its algorithm.
const LABEL: &str = "PUBLIC KEY";
/// The label of a bare RSA key.
const LABEL_RSA: &str = "RSA PUBLIC KEY";
/// `SEQUENCE { rsaEncryption, NULL }` in DER.
const RSA_ENCRYPTION: &[u8] = &[0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// An RSA public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshPublicKey {
    // INVARIANT: big-endian without leading zeros, odd, and the modulus of at least BITS_MIN bits.
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAKey {
    /// It is in no form that is known.
    Unrecognized,
    /// It is in a known form, but malformed, or a key that is not accepted.
    Invalid,
}

impl From<NotAKey> for ApiError {
    fn from(why: NotAKey) -> Self {
        match why {
            NotAKey::Unrecognized => Self::caller(
                "UnrecognizedPublicKeyEncoding",
                400,
                "The public key must be encoded in ssh-rsa format or PEM format.",
            ),
            NotAKey::Invalid => Self::caller(
                "InvalidPublicKey",
                400,
                "The public key is malformed, or not an RSA key of at least 2048 bits.",
            ),
        }
    }
}

impl SshPublicKey {
    /// Reads a key in either form.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix(KIND).filter(|rest| rest.starts_with([' ', '\t'])) {
            let encoded = rest.split_whitespace().next().ok_or(NotAKey::Invalid)?;
            let blob = STANDARD.decode(encoded).map_err(|_| NotAKey::Invalid)?;
            return Self::from_blob(&blob).ok_or(NotAKey::Invalid);
        }
        for (label, read) in [(LABEL, of_info as fn(&[u8]) -> _), (LABEL_RSA, of_rsa)] {
            if let Some(rest) = text.strip_prefix(&format!("-----BEGIN {label}-----")) {
                let body = rest.strip_suffix(&format!("-----END {label}-----")).ok_or(NotAKey::Invalid)?;
                let body: String = body.split_whitespace().collect();
                let der = STANDARD.decode(body).map_err(|_| NotAKey::Invalid)?;
                return read(&der).ok_or(NotAKey::Invalid);
            }
        }
        Err(NotAKey::Unrecognized)
    }

    /// Reads a key as SSH sends it.
    pub fn from_blob(blob: &[u8]) -> Option<Self> {
        let mut rest = blob;
        let kind = take_string(&mut rest)?;
        let (exponent, modulus) = (take_string(&mut rest)?, take_string(&mut rest)?);
        if kind != KIND.as_bytes() || !rest.is_empty() {
            return None;
        }
        Self::of_numbers(modulus, exponent)
    }

    /// From two's complement numbers, which must be positive.
    fn of_numbers(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let [modulus, exponent] = [modulus, exponent].map(positive);
        let key = Self { modulus: modulus?, exponent: exponent? };
        let first = key.modulus.first()?;
        let bits = key.modulus.len() * 8 - usize::try_from(first.leading_zeros()).ok()?;
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        let is_good = bits >= BITS_MIN
            && is_odd(&key.modulus)
            && is_odd(&key.exponent)
            && key.exponent != [1]
            && key.exponent.len() < key.modulus.len();
        is_good.then_some(key)
    }

    /// The key as SSH sends it.
    pub fn blob(&self) -> Vec<u8> {
        let parts = [KIND.as_bytes().to_vec(), signed(&self.exponent), signed(&self.modulus)];
        let mut blob = Vec::new();
        for part in parts {
            blob.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            blob.extend(part);
        }
        blob
    }

    /// The key as a line of SSH's own form, without a comment.
    pub fn ssh(&self) -> String {
        format!("{KIND} {}", STANDARD.encode(self.blob()))
    }

    /// The key as PEM.
    pub fn pem(&self) -> String {
        let numbers = [der(INTEGER, &signed(&self.modulus)), der(INTEGER, &signed(&self.exponent))].concat();
        let bits = [&[0], der(SEQUENCE, &numbers).as_slice()].concat();
        let info = der(SEQUENCE, &[RSA_ENCRYPTION, &der(BIT_STRING, &bits)].concat());
        let encoded = STANDARD.encode(info);
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(PEM_LINE)
            .map(|line| std::str::from_utf8(line).unwrap_or_default())
            .collect();
        format!("-----BEGIN {LABEL}-----\n{}\n-----END {LABEL}-----\n", lines.join("\n"))
    }

    /// The MD5 digest of the key, as AWS and older SSH programs show it.
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<String> = Md5::digest(self.blob()).iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(":")
    }
}

/// A positive number in two's complement without its leading zeros.
fn positive(number: &[u8]) -> Option<Vec<u8>> {
    let is_negative = number.first().is_some_and(|first| first & 0x80 != 0);
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let bare = number.get(zeros..).filter(|bare| !bare.is_empty())?;
    (!is_negative).then(|| bare.to_vec())
}

/// The same with the zero that keeps it positive.
fn signed(number: &[u8]) -> Vec<u8> {
    let zero: &[u8] = if number.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    [zero, number].concat()
}

fn take_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (string, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(string)
}

/// `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
fn of_info(der: &[u8]) -> Option<SshPublicKey> {
    let mut info = whole(der, SEQUENCE)?;
    info = info.strip_prefix(RSA_ENCRYPTION)?;
    of_rsa(whole(info, BIT_STRING)?.strip_prefix(&[0])?)
}

/// `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn of_rsa(der: &[u8]) -> Option<SshPublicKey> {
    let mut numbers = whole(der, SEQUENCE)?;
    let modulus = take_der(&mut numbers, INTEGER)?;
    let exponent = take_der(&mut numbers, INTEGER)?;
    if !numbers.is_empty() {
        return None;
    }
    SshPublicKey::of_numbers(modulus, exponent)
}

/// The contents of one element with nothing behind it.
fn whole(mut bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let contents = take_der(&mut bytes, tag)?;
    bytes.is_empty().then_some(contents)
}

/// The contents of the next element (X.690, section 8.1): lengths of up to two bytes are more than a key has.
fn take_der<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (length, after) = match *rest {
        [found, length @ 0..=0x7f, after @ ..] if *found == tag => (usize::from(*length), after),
        [found, 0x81, length @ 0x80..=0xff, after @ ..] if *found == tag => (usize::from(*length), after),
        [found, 0x82, high @ 1..=0xff, low, after @ ..] if *found == tag => {
            (usize::from(u16::from_be_bytes([*high, *low])), after)
        }
        _ => return None,
    };
    let (contents, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(contents)
}

/// An element.
fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    // A key's text has at most 16,384 characters, so that two bytes hold every length.
    let [high, low] = u16::try_from(contents.len()).unwrap_or(u16::MAX).to_be_bytes();
    let length = match (high, low) {
        (0, 0..=0x7f) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag], length.as_slice(), contents].concat()
}

#[cfg(test)]
mod tests;
