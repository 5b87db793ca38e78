//! What belongs to accounts, users and roles and is neither a principal nor a policy: passwords, SSH public keys,
//! instance profiles, and the settings of an account.

use minicbor::{Decode, Encode};
use portcullis_base::{AccountId, Tags, Timestamp, UniqueId};

use crate::codec;

/// What is set for an account as a whole.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AccountSettingsRecord {
    /// The account.
    #[cbor(n(0), with = "codec::text")]
    pub account: AccountId,
    /// Another name of it, unique over all accounts.
    #[n(1)]
    pub alias: Option<String>,
    /// The rules for passwords, if they were set.
    #[n(2)]
    pub password_policy: Option<PasswordPolicyRecord>,
    /// Which tokens the global endpoint of STS is to give out: 1 or 2, and 1 if nobody said.
    #[n(3)]
    pub global_token_version: Option<u8>,
}

/// The rules for the passwords of an account (IAM API reference, `PasswordPolicy`).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the IAM API")]
pub struct PasswordPolicyRecord {
    /// The fewest characters.
    #[n(0)]
    pub length_min: u32,
    /// Whether a symbol must be among them.
    #[n(1)]
    pub symbols: bool,
    /// Whether a digit must be among them.
    #[n(2)]
    pub numbers: bool,
    /// Whether a capital must be among them.
    #[n(3)]
    pub uppercase: bool,
    /// Whether a small letter must be among them.
    #[n(4)]
    pub lowercase: bool,
    /// Whether every user may change its own.
    #[n(5)]
    pub users_may_change: bool,
    /// After how many days a password must be replaced.
    #[n(6)]
    pub age_max_days: Option<u32>,
    /// How many of the latest passwords must not be set again.
    #[n(7)]
    pub reuse_prevention: Option<u32>,
    /// Whether only an administrator can replace one that is too old.
    #[n(8)]
    pub hard_expiry: Option<bool>,
}

/// A user's password.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct LoginProfileRecord {
    /// Whose it is.
    #[cbor(n(0), with = "codec::text")]
    pub user: UniqueId,
    /// The account the user belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// When the user first got a password.
    #[cbor(n(2), with = "codec::instant")]
    pub created: Timestamp,
    /// When the password was last set.
    #[cbor(n(3), with = "codec::instant")]
    pub changed: Timestamp,
    /// Whether the user must set another one when it next signs in.
    #[n(4)]
    pub reset_required: bool,
    /// The [`PasswordHashRecord`]s of this and earlier passwords, newest first, each sealed by the master key under
    /// this record's key.
    #[cbor(n(5), with = "codec::bytes_list")]
    pub sealed_hashes: Vec<Vec<u8>>,
}

impl std::fmt::Debug for LoginProfileRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "LoginProfileRecord({})", self.user)
    }
}

/// A password's hash by Argon2id (RFC 9106), with all that is needed to make it again.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PasswordHashRecord {
    /// Memory, in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes over it.
    #[n(1)]
    pub passes: u32,
    /// Lanes.
    #[n(2)]
    pub lanes: u32,
    /// Random.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub salt: Vec<u8>,
    /// The hash.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub hash: Vec<u8>,
}

impl std::fmt::Debug for PasswordHashRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("PasswordHashRecord(…)")
    }
}

/// A user's SSH public key.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SshKeyRecord {
    /// `APKA…`
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account the user belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// Whose it is.
    #[cbor(n(2), with = "codec::text")]
    pub user: UniqueId,
    /// The key as SSH sends it (RFC 4253, section 6.6).
    #[cbor(n(3), with = "minicbor::bytes")]
    pub blob: Vec<u8>,
    /// `Active` or `Inactive`.
    #[n(4)]
    pub is_active: bool,
    /// When it came.
    #[cbor(n(5), with = "codec::instant")]
    pub uploaded: Timestamp,
}

/// An instance profile: the name under which a machine is given a role.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct InstanceProfileRecord {
    /// `AIPA…`
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The name in the case in which it was given.
    #[n(2)]
    pub name: String,
    /// `/` or `/a/b/`.
    #[n(3)]
    pub path: String,
    /// When it was made.
    #[cbor(n(4), with = "codec::instant")]
    pub created: Timestamp,
    /// Its tags.
    #[cbor(n(5), with = "codec::tags")]
    pub tags: Tags,
    /// The role in it.
    #[cbor(n(6), with = "codec::text_option")]
    pub role: Option<UniqueId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings as they were first written, with nothing but the account: what was added later may be lacking.
    #[test]
    fn settings_that_lack_what_was_added_later_are_read() {
        let bytes = b"\xa1\x00\x6c123456789012";
        let account = "123456789012".parse().unwrap();
        let expected =
            AccountSettingsRecord { account, alias: None, password_policy: None, global_token_version: None };
        assert_eq!(codec::from_bytes::<AccountSettingsRecord>(bytes).unwrap(), expected);
    }

    #[test]
    fn password_rules_without_their_optional_fields_are_read() {
        let bytes = b"\xa6\x00\x08\x01\xf5\x02\xf4\x03\xf4\x04\xf5\x05\xf4";
        let rules: PasswordPolicyRecord = codec::from_bytes(bytes).unwrap();
        assert_eq!((rules.length_min, rules.symbols, rules.lowercase), (8, true, true));
        assert_eq!((rules.age_max_days, rules.reuse_prevention, rules.hard_expiry), (None, None, None));
    }

    #[test]
    fn hashes_are_written_and_read_and_never_printed() {
        let record = LoginProfileRecord {
            user: "AIDAAAAAAAAAAAAAAAAAA".parse().unwrap(),
            account: "123456789012".parse().unwrap(),
            created: Timestamp::EPOCH,
            changed: Timestamp::EPOCH,
            reset_required: true,
            sealed_hashes: vec![vec![1, 2, 3], Vec::new()],
        };
        assert_eq!(codec::from_bytes::<LoginProfileRecord>(&codec::to_bytes(&record)).unwrap(), record);
        assert_eq!(format!("{record:?}"), "LoginProfileRecord(AIDAAAAAAAAAAAAAAAAAA)");
    }
}
