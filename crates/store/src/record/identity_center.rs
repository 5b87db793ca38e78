//! Identity Center: the instance, permission sets, and who has which of them in which account.

use minicbor::{Decode, Encode};
use portcullis_base::{AccountId, Tags, Timestamp, UniqueId};

use crate::codec;

/// The instance of Identity Center, of which a deployment has one from its first start.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct InstanceRecord {
    /// `ssoins-` and 16 letters.
    #[n(0)]
    pub id: String,
    /// `d-` and 10 digits: its identity store.
    #[n(1)]
    pub store: String,
    /// The account that it belongs to.
    #[cbor(n(2), with = "codec::text")]
    pub account: AccountId,
    /// When it was made.
    #[cbor(n(3), with = "codec::instant")]
    pub created: Timestamp,
    /// `Name`.
    #[n(4)]
    pub name: Option<String>,
    /// Its tags.
    #[cbor(n(5), with = "codec::tags")]
    pub tags: Tags,
    /// Attributes for access control: session tag and where its value comes from. Absent: not configured.
    #[n(6)]
    pub attributes: Option<Vec<AttributeSource>>,
}

/// A session tag that is filled from a user's attributes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AttributeSource {
    /// The key of the session tag.
    #[n(0)]
    pub key: String,
    /// `${path:name.givenName}`.
    #[n(1)]
    pub sources: Vec<String>,
}

/// A customer managed policy, which each account must have under this name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct PolicyReference {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// Its path.
    #[n(1)]
    pub path: String,
}

/// The permissions boundary of a permission set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SetBoundary {
    /// A policy of AWS's, by its ARN.
    #[n(0)]
    Managed(#[n(0)] String),
    /// A policy of the account.
    #[n(1)]
    Customer(#[n(0)] PolicyReference),
}

/// A permission set: what the role is made of that its assigned users get in an account.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PermissionSetRecord {
    /// `ps-` and 16 letters.
    #[n(0)]
    pub id: String,
    /// Its name, which never changes.
    #[n(1)]
    pub name: String,
    /// What it is for.
    #[n(2)]
    pub description: Option<String>,
    /// How long a session lasts, in seconds.
    #[n(3)]
    pub session_s: u32,
    /// Where the console opens.
    #[n(4)]
    pub relay_state: Option<String>,
    /// Its tags.
    #[cbor(n(5), with = "codec::tags")]
    pub tags: Tags,
    /// Its inline policy, byte for byte as given.
    #[n(6)]
    pub inline: Option<String>,
    /// Policies of AWS's, by their ARNs, in the order in which they were attached.
    #[n(7)]
    pub managed: Vec<String>,
    /// Policies of the accounts, in the order in which they were attached.
    #[n(8)]
    pub customer: Vec<PolicyReference>,
    /// Its permissions boundary.
    #[n(9)]
    pub boundary: Option<SetBoundary>,
    /// When it was made.
    #[cbor(n(10), with = "codec::instant")]
    pub created: Timestamp,
    /// Grows by one with each change that the roles made of it must follow.
    #[n(11)]
    pub version: u64,
}

/// Who has a permission set in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Assignee {
    /// A user of the identity store, by id.
    #[n(0)]
    User(#[n(0)] String),
    /// A group of the identity store, by id.
    #[n(1)]
    Group(#[n(0)] String),
}

/// That a user or group has a permission set in an account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AssignmentRecord {
    /// The account.
    #[cbor(n(0), with = "codec::text")]
    pub account: AccountId,
    /// The permission set's id.
    #[n(1)]
    pub set: String,
    /// Who has it.
    #[n(2)]
    pub assignee: Assignee,
    /// When it was given.
    #[cbor(n(3), with = "codec::instant")]
    pub created: Timestamp,
}

/// The role that was made of a permission set in an account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProvisionedRecord {
    /// The account.
    #[cbor(n(0), with = "codec::text")]
    pub account: AccountId,
    /// The permission set's id.
    #[n(1)]
    pub set: String,
    /// The role's unique id.
    #[cbor(n(2), with = "codec::text")]
    pub role: UniqueId,
    /// The version of the permission set that the role has.
    #[n(3)]
    pub version: u64,
    /// When it was last brought up to date.
    #[cbor(n(4), with = "codec::instant")]
    pub updated: Timestamp,
}

/// What was asked for that clients wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum SsoRequestKind {
    /// CreateAccountAssignment.
    #[n(0)]
    Assignment,
    /// DeleteAccountAssignment.
    #[n(1)]
    Unassignment,
    /// ProvisionPermissionSet.
    #[n(2)]
    Provisioning,
}

/// A request about assignments or provisioning, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SsoRequestRecord {
    /// `RequestId`: a UUID.
    #[n(0)]
    pub id: String,
    /// What was asked for.
    #[n(1)]
    pub kind: SsoRequestKind,
    /// In which account; absent for all in which the permission set is provisioned.
    #[cbor(n(2), with = "codec::text_option")]
    pub account: Option<AccountId>,
    /// The permission set's id.
    #[n(3)]
    pub set: String,
    /// Who gets it or loses it.
    #[n(4)]
    pub assignee: Option<Assignee>,
    /// Why it failed; absent if it was done.
    #[n(5)]
    pub failure: Option<String>,
    /// When.
    #[cbor(n(6), with = "codec::instant")]
    pub at: Timestamp,
}
