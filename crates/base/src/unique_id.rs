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
/// The same letters as text sorts them.
const SORTED: &[u8; 32] = b"234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Characters after the four of the prefix in a unique id.
const UNIQUE_ID_TAIL: usize = 17;
/// Bytes that hold those characters, five bits each.
const LETTERS_BYTES: usize = 11;
/// Stands above the bits of the letters, so that no id is all zeros or all ones.
const MARK: u128 = 1 << (5 * UNIQUE_ID_TAIL);
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

/// The unique id of an IAM entity, such as `AROAQ3EGRFOVF5LZ2A7JK`. There are a great many of them in memory: it takes
/// twelve bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueId {
    kind: UniqueIdKind,
    // INVARIANT: `MARK` above the 85 bits of the letters, each as its place in `SORTED`, the first letter highest: ids of a
    // kind are in the order of their texts. Only bounds have another mark.
    letters: [u8; LETTERS_BYTES],
}

/// The text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a unique id or access key id")]
pub struct NotAnId;

/// Sorts before every unique id, and is none.
pub const LEAST: UniqueId = UniqueId { kind: UniqueIdKind::User, letters: [0; LETTERS_BYTES] };
/// Sorts after every unique id, and is none.
pub const MOST: UniqueId = UniqueId { kind: UniqueIdKind::SamlProvider, letters: [u8::MAX; LETTERS_BYTES] };

/// The bounds between which all ids of a kind sort.
pub fn bounds(kind: UniqueIdKind) -> (UniqueId, UniqueId) {
    (UniqueId { kind, ..LEAST }, UniqueId { kind, ..MOST })
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

/// A letter's place in [`SORTED`].
fn place(letter: u8) -> Option<u128> {
    let value = letter_value(letter)?;
    Some(u128::from(if letter.is_ascii_digit() { value - 26 } else { value + 6 }))
}

impl UniqueId {
    /// A fresh id of this kind, 85 random bits.
    pub fn generate(kind: UniqueIdKind, entropy: &dyn Entropy) -> Self {
        let mut random = [0_u8; LETTERS_BYTES];
        entropy.fill(&mut random);
        Self::of_bits(kind, random.iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte)))
    }

    /// An id of these letters; bits above them do not count.
    fn of_bits(kind: UniqueIdKind, bits: u128) -> Self {
        let mut letters = [0; LETTERS_BYTES];
        let bytes = (MARK | (bits & (MARK - 1))).to_be_bytes();
        letters.iter_mut().rev().zip(bytes.iter().rev()).for_each(|(to, from)| *to = *from);
        Self { kind, letters }
    }

    fn bits(&self) -> u128 {
        self.letters.iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte))
    }

    /// The id as two numbers, that of its last letters first: in their order ids lie scattered, in whatever order they
    /// come.
    pub fn scattered(&self) -> (u64, u32) {
        let [l0, l1, l2, rest @ ..] = self.letters;
        (u64::from_be_bytes(rest), u32::from_be_bytes([self.kind as u8, l0, l1, l2]))
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
        let tail = text.strip_prefix(prefix).filter(|tail| tail.len() == UNIQUE_ID_TAIL).ok_or(NotAnId)?;
        let bits = tail.bytes().try_fold(0, |bits, byte| Some((bits << 5) | place(byte)?));
        Ok(Self::of_bits(*kind, bits.ok_or(NotAnId)?))
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bits();
        let mut tail = [b'A'; UNIQUE_ID_TAIL];
        for (at, byte) in tail.iter_mut().rev().enumerate() {
            let place = usize::from(((bits >> (5 * at)) & 31).to_le_bytes()[0]);
            *byte = SORTED.get(place).copied().unwrap_or(b'A');
        }
        out.write_str(self.kind.prefix())?;
        out.write_str(std::str::from_utf8(&tail).unwrap_or_default())
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

    /// The eighty bits of the letters after the prefix, if the id has the form of AWS's ids. The lowest 39 are random.
    pub fn bits(&self) -> Option<u128> {
        let tail = self.text.get(4..).filter(|tail| tail.len() == ACCESS_KEY_TAIL)?;
        tail.bytes().try_fold(0, |bits, byte| Some((bits << 5) | u128::from(letter_value(byte)?)))
    }

    /// The account whose number the id carries, if it has the form of AWS's ids.
    pub fn account(&self) -> Option<AccountId> {
        let number = (self.bits()? >> 39) & ((1 << 40) - 1);
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
    #[expect(clippy::stable_sort_primitive, reason = "it knows sorted runs when it sees them")]
    fn ten_million_unique_ids_are_ten_million() {
        const HALF: usize = 5_000_000;
        // Two threads draw at the same time, as two requests would.
        let drawn = || -> Vec<(u64, u32)> {
            let one = |_| UniqueId::generate(UniqueIdKind::User, &SystemEntropy).scattered();
            let mut ids: Vec<_> = (0..HALF).map(one).collect();
            ids.sort_unstable();
            ids
        };
        let other = std::thread::spawn(drawn);
        let mut ids = drawn();
        ids.append(&mut other.join().unwrap());
        // Two sorted runs: this sort only merges them.
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 2 * HALF);
    }

    #[test]
    fn bounds_enclose_all_ids_of_a_kind_and_are_none_of_them() {
        let (least, most) = bounds(UniqueIdKind::Role);
        for text in ["AROAAAAAAAAAAAAAAAAAA", "AROA77777777777777777", "AROAQ3EGRFOVF5LZ2A7JK"] {
            let id: UniqueId = text.parse().unwrap();
            assert!(least < id && id < most, "{id}");
            assert!(LEAST < id && id < MOST && LEAST <= least && most <= MOST);
        }
        assert!(most < bounds(UniqueIdKind::Group).0);
        let mut ids: Vec<UniqueId> =
            (0..1000).map(|_| UniqueId::generate(UniqueIdKind::User, &SystemEntropy)).collect();
        ids.sort_unstable();
        assert!(ids.iter().map(UniqueId::to_string).is_sorted());
        assert_eq!(size_of::<UniqueId>(), 12);
        assert_ne!(least.scattered(), bounds(UniqueIdKind::User).0.scattered());
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
