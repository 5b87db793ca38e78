//! Users, roles, groups, managed policies and access keys. A node has all of them in memory: names that are short and
//! lists that are mostly empty take no room of their own.

use ecow::EcoString;
use minicbor::{Decode, Encode};
use portcullis_base::{AccessKeyId, AccountId, Tags, Timestamp, UniqueId};
use thin_vec::ThinVec;

use crate::codec;

/// A policy document as it was saved.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DocumentRecord {
    /// The text, byte for byte as given.
    #[n(0)]
    pub text: String,
    /// The principals that its text names by ARN, with the unique ids they had at save. Only the ids count.
    #[cbor(n(1), with = "codec::list")]
    pub principals: ThinVec<ResolvedPrincipal>,
}

/// A user or role that a document names.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ResolvedPrincipal {
    /// The ARN as the text spells it.
    #[n(0)]
    pub arn: String,
    /// The unique id that the ARN stood for at save.
    #[cbor(n(1), with = "codec::text")]
    pub id: UniqueId,
}

/// A policy that lives inside its user, role or group.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct InlinePolicyRecord {
    /// The name, unique in its owner.
    #[cbor(n(0), with = "codec::text")]
    pub name: EcoString,
    /// The document.
    #[n(1)]
    pub document: DocumentRecord,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct UserRecord {
    /// `AIDA…`
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The name in the case in which it was given.
    #[cbor(n(2), with = "codec::text")]
    pub name: EcoString,
    /// `/` or `/a/b/`.
    #[cbor(n(3), with = "codec::text")]
    pub path: EcoString,
    /// When it was made.
    #[cbor(n(4), with = "codec::instant")]
    pub created: Timestamp,
    /// Its tags.
    #[cbor(n(5), with = "codec::tags")]
    pub tags: Tags,
    /// The managed policy that bounds it.
    #[cbor(n(6), with = "codec::text_option")]
    pub boundary: Option<UniqueId>,
    /// Attached managed policies, in the order of attachment.
    #[cbor(n(7), with = "codec::text_list")]
    pub attached: ThinVec<UniqueId>,
    /// Inline policies.
    #[cbor(n(8), with = "codec::list")]
    pub inline: ThinVec<InlinePolicyRecord>,
    /// The groups it is a member of.
    #[cbor(n(9), with = "codec::text_list")]
    pub groups: ThinVec<UniqueId>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct RoleRecord {
    /// `AROA…`
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The name in the case in which it was given.
    #[cbor(n(2), with = "codec::text")]
    pub name: EcoString,
    /// `/` or `/a/b/`.
    #[cbor(n(3), with = "codec::text")]
    pub path: EcoString,
    /// When it was made.
    #[cbor(n(4), with = "codec::instant")]
    pub created: Timestamp,
    /// Its tags.
    #[cbor(n(5), with = "codec::tags")]
    pub tags: Tags,
    /// The managed policy that bounds it.
    #[cbor(n(6), with = "codec::text_option")]
    pub boundary: Option<UniqueId>,
    /// Attached managed policies, in the order of attachment.
    #[cbor(n(7), with = "codec::text_list")]
    pub attached: ThinVec<UniqueId>,
    /// Inline policies.
    #[cbor(n(8), with = "codec::list")]
    pub inline: ThinVec<InlinePolicyRecord>,
    /// Who may assume it.
    #[n(9)]
    pub trust: DocumentRecord,
    /// What it is for, in words.
    #[n(10)]
    pub description: Option<String>,
    /// The longest session, in seconds.
    #[n(11)]
    pub max_session_s: u32,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GroupRecord {
    /// `AGPA…`
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The name in the case in which it was given.
    #[cbor(n(2), with = "codec::text")]
    pub name: EcoString,
    /// `/` or `/a/b/`.
    #[cbor(n(3), with = "codec::text")]
    pub path: EcoString,
    /// When it was made.
    #[cbor(n(4), with = "codec::instant")]
    pub created: Timestamp,
    /// Attached managed policies, in the order of attachment.
    #[cbor(n(5), with = "codec::text_list")]
    pub attached: ThinVec<UniqueId>,
    /// Inline policies.
    #[cbor(n(6), with = "codec::list")]
    pub inline: ThinVec<InlinePolicyRecord>,
}

/// A managed policy with all its versions.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyRecord {
    /// `ANPA…`
    #[cbor(n(0), with = "codec::text")]
    pub id: UniqueId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// The name in the case in which it was given.
    #[cbor(n(2), with = "codec::text")]
    pub name: EcoString,
    /// `/` or `/a/b/`.
    #[cbor(n(3), with = "codec::text")]
    pub path: EcoString,
    /// When it was made.
    #[cbor(n(4), with = "codec::instant")]
    pub created: Timestamp,
    /// When it last changed.
    #[cbor(n(5), with = "codec::instant")]
    pub updated: Timestamp,
    /// Its tags.
    #[cbor(n(6), with = "codec::tags")]
    pub tags: Tags,
    /// What it is for; cannot be changed.
    #[n(7)]
    pub description: Option<String>,
    /// The number of the version in force.
    #[n(8)]
    pub default_version: u32,
    /// The highest number ever given, so that none is given twice.
    #[n(9)]
    pub last_version: u32,
    /// The versions kept, oldest first.
    #[cbor(n(10), with = "codec::list")]
    pub versions: ThinVec<PolicyVersionRecord>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyVersionRecord {
    /// 3 for `v3`.
    #[n(0)]
    pub number: u32,
    /// The text.
    #[n(1)]
    pub text: String,
    /// When it was made.
    #[cbor(n(2), with = "codec::instant")]
    pub created: Timestamp,
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum AccessKeyOwner {
    /// The account's root user.
    #[n(0)]
    Root,
    /// An IAM user.
    #[n(1)]
    User(#[cbor(n(0), with = "codec::text")] UniqueId),
}

/// A long-term access key.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AccessKeyRecord {
    /// `AKIA…`
    #[cbor(n(0), with = "codec::text")]
    pub id: AccessKeyId,
    /// The account it belongs to.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// Whose it is.
    #[n(2)]
    pub owner: AccessKeyOwner,
    /// The secret, sealed by the master key under this record's key.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub sealed_secret: Vec<u8>,
    /// `Active` or `Inactive`.
    #[n(4)]
    pub is_active: bool,
    /// When it was made.
    #[cbor(n(5), with = "codec::instant")]
    pub created: Timestamp,
}

impl std::fmt::Debug for AccessKeyRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "AccessKeyRecord({})", self.id)
    }
}
