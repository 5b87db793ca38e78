//! Unique ids and access key ids.
//!
//! A unique id (`AIDA…`, `AROA…`) is never used twice: a re-created namesake gets another one, which is what
//! makes denies and trust by id safe (AWS: "IAM identifiers", unique identifiers). Access key ids carry their
//! account's number, as AWS's do, so that GetAccessKeyInfo needs no look-up.

use std::fmt;
use std::str::FromStr;

use crate::account::AccountId;
use crate::world::Entropy;

/// RFC 4648 base32 alphabet, the one AWS's ids use.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Characters after the four of the prefix in a unique id.
const UNIQUE_ID_TAIL: usize = 17;
/// Characters after the four of the prefix in an access key id.
const ACCESS_KEY_TAIL: usize = 16;

/// What an id's prefix says it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UniqueIdKind {
    /// `AIDA`, an IAM user.
    User,
    /// `AROA`, a role.
    Role,
    /// `AGPA`, a group.
    Group,
    /// `ANPA`, a managed policy.
    Policy,
    /// `APKA`, a public key.
    PublicKey,
    /// `AIPA`, an instance profile.
    InstanceProfile,
    /// `AMFA`, an MFA device. AWS shows no ids of devices and providers; neither do we.
    MfaDevice,
    /// `AOID`, an OpenID Connect provider.
    OidcProvider,
    /// `ASML`, a SAML provider.
    SamlProvider,
}

/// Every kind with its prefix.
const KINDS: [(UniqueIdKind, &str); 9] = [
    (UniqueIdKind::User, "AIDA"),
    (UniqueIdKind::Role, "AROA"),
    (UniqueIdKind::Group, "AGPA"),
    (UniqueIdKind::Policy, "ANPA"),
    (UniqueIdKind::PublicKey, "APKA"),
    (UniqueIdKind::InstanceProfile, "AIPA"),
    (UniqueIdKind::MfaDevice, "AMFA"),
    (UniqueIdKind::OidcProvider, "AOID"),
    (UniqueIdKind::SamlProvider, "ASML"),
];

/// The unique id of an IAM entity, such as `AROAQ3EGRFOVF5LZ2A7JK`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueId {
    kind: UniqueIdKind,
    // INVARIANT: ASCII, of the base32 alphabet.
    tail: [u8; UNIQUE_ID_TAIL],
}

/// The text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a unique id or access key id")]
pub struct NotAnId;

/// Sorts before every other unique id, or equals it.
pub const LEAST: UniqueId = UniqueId { kind: UniqueIdKind::User, tail: [0; UNIQUE_ID_TAIL] };
/// Sorts after every other unique id.
pub const MOST: UniqueId = UniqueId { kind: UniqueIdKind::SamlProvider, tail: [u8::MAX; UNIQUE_ID_TAIL] };

/// The bounds between which all ids of a kind sort.
pub fn bounds(kind: UniqueIdKind) -> (UniqueId, UniqueId) {
    (UniqueId { kind, tail: [0; UNIQUE_ID_TAIL] }, UniqueId { kind, tail: [u8::MAX; UNIQUE_ID_TAIL] })
}

fn random_letters<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut letters = [0_u8; N];
    entropy.fill(&mut letters);
    letters.map(|byte| letter(byte & 31))
}

fn letter(five_bits: u8) -> u8 {
    ALPHABET.get(usize::from(five_bits)).copied().unwrap_or(b'A')
}

fn letter_value(letter: u8) -> Option<u64> {
    match letter {
        b'A'..=b'Z' => Some(u64::from(letter - b'A')),
        b'2'..=b'7' => Some(u64::from(letter - b'2') + 26),
        _ => None,
    }
}

fn parse_letters<const N: usize>(text: &str) -> Option<[u8; N]> {
    let letters: [u8; N] = text.as_bytes().try_into().ok()?;
    letters.iter().all(|&byte| letter_value(byte).is_some()).then_some(letters)
}

impl UniqueId {
    /// A fresh id of this kind, 85 random bits.
    pub fn generate(kind: UniqueIdKind, entropy: &dyn Entropy) -> Self {
        Self { kind, tail: random_letters(entropy) }
    }

    /// What the id names.
    pub fn kind(&self) -> UniqueIdKind {
        self.kind
    }
}

impl UniqueIdKind {
    /// The four letters with which ids of this kind begin.
    pub fn prefix(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, prefix)| prefix)
    }
}

impl FromStr for UniqueId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (kind, prefix) = KINDS.iter().find(|(_, prefix)| text.starts_with(prefix)).ok_or(NotAnId)?;
        let tail = text.strip_prefix(prefix).and_then(parse_letters).ok_or(NotAnId)?;
        Ok(Self { kind: *kind, tail })
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind.prefix())?;
        self.tail.iter().try_for_each(|&byte| write!(out, "{}", char::from(byte)))
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Whether an access key lasts until it is deleted or expires with its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessKeyKind {
    /// `AKIA`: of an IAM user or the root user.
    LongTerm,
    /// `ASIA`: issued by STS, with a session token.
    Temporary,
}

/// An access key id: `AKIA…` or `ASIA…`, twenty characters.
///
/// The root key may be given from outside with any id of 16 to 128 word characters (the bounds of the IAM API's
/// `accessKeyIdType`), so other ids are held as well; they count as long-term.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId {
    // INVARIANT: 16 to 128 ASCII word characters.
    text: Box<str>,
}

impl AccessKeyId {
    /// A fresh id that carries the account's number where AWS puts it: the first six of the ten bytes that the
    /// sixteen letters encode hold it, shifted left by seven.
    pub fn generate(kind: AccessKeyKind, account: AccountId, entropy: &dyn Entropy) -> Self {
        let mut random = [0_u8; 10];
        entropy.fill(&mut random);
        let mut bits: u128 = 0;
        for byte in random {
            bits = (bits << 8) | u128::from(byte);
        }
        // 80 bits: the top one stays random, then 40 of the account number, then 39 random.
        let keep: u128 = (1 << 79) | ((1 << 39) - 1);
        bits = (bits & keep) | (u128::from(account.number()) << 39);
        let tail: String = (0..ACCESS_KEY_TAIL)
            .map(|index| char::from(letter(((bits >> (75 - 5 * index)) & 31).to_le_bytes()[0])))
            .collect();
        let prefix = match kind {
            AccessKeyKind::LongTerm => "AKIA",
            AccessKeyKind::Temporary => "ASIA",
        };
        Self { text: format!("{prefix}{tail}").into() }
    }

    /// Sorts before every id that a key has: no letter of an id is below `0`.
    pub fn least() -> Self {
        Self { text: "0000000000000000".into() }
    }

    /// Long-term or temporary, by the prefix.
    pub fn kind(&self) -> AccessKeyKind {
        if self.text.starts_with("ASIA") { AccessKeyKind::Temporary } else { AccessKeyKind::LongTerm }
    }

    /// The account whose number the id carries, if it has the form of AWS's ids.
    pub fn account(&self) -> Option<AccountId> {
        let tail = self.text.get(4..).filter(|tail| tail.len() == ACCESS_KEY_TAIL)?;
        let mut bits: u128 = 0;
        for byte in tail.bytes() {
            bits = (bits << 5) | u128::from(letter_value(byte)?);
        }
        let number = (bits >> 39) & ((1 << 40) - 1);
        u64::try_from(number).ok().and_then(|number| AccountId::from_number(number).ok())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for AccessKeyId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if (16..=128).contains(&text.len()) && text.bytes().all(is_word) {
            Ok(Self { text: text.into() })
        } else {
            Err(NotAnId)
        }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SystemEntropy;

    #[test]
    fn an_access_key_id_carries_its_account() {
        for number in [0_u64, 1, 123_456_789_012, 999_999_999_999] {
            let account = AccountId::from_number(number).unwrap();
            let id = AccessKeyId::generate(AccessKeyKind::Temporary, account, &SystemEntropy);
            assert_eq!(id.as_str().len(), 20);
            assert_eq!(id.account(), Some(account));
            assert_eq!(id.as_str().parse::<AccessKeyId>().unwrap(), id);
        }
    }

    #[test]
    fn the_account_is_where_aws_puts_it() {
        // Published example: the first six bytes of the decoded id, masked with 0x7fffffffff80 and shifted by 7.
        let id: AccessKeyId = "ASIAQNZGKIQY56JQ7WML".parse().unwrap();
        assert_eq!(id.account().unwrap().to_string(), "029608264753");
    }

    #[test]
    fn a_million_unique_ids_are_a_million() {
        let ids: std::collections::HashSet<UniqueId> =
            (0..1_000_000).map(|_| UniqueId::generate(UniqueIdKind::User, &SystemEntropy)).collect();
        assert_eq!(ids.len(), 1_000_000);
    }

    #[test]
    fn unique_ids_print_and_parse() {
        let id = UniqueId::generate(UniqueIdKind::Role, &SystemEntropy);
        assert_eq!(id.to_string().len(), 21);
        assert_eq!(id.to_string().parse::<UniqueId>().unwrap(), id);
        assert!("AROAlowercase00000000".parse::<UniqueId>().is_err());
        assert!("XROAQ3EGRFOVF5LZ2A7JK".parse::<UniqueId>().is_err());
    }
}
