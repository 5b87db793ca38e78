//! Accounts and the organization they are in: its units, its policies and what is attached where.
//!
//! What is attached stands with the target, by the policies' ids, all types in one list.

use minicbor::{Decode, Encode};
use portcullis_base::{AccountId, Tags, Timestamp};

use super::DocumentRecord;
use crate::codec;

/// An account. The deployment's own has a record only while there is an organization.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AccountRecord {
    /// Twelve digits.
    #[cbor(n(0), with = "codec::text")]
    pub id: AccountId,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// The address of its root user, unique over all accounts.
    #[n(2)]
    pub email: String,
    /// When it was made here.
    #[cbor(n(3), with = "codec::instant")]
    pub created: Timestamp,
    /// Whether it was closed: from then on nobody in it can do anything.
    #[n(4)]
    pub is_closed: bool,
    /// Its place in the organization, if it is in it.
    #[n(5)]
    pub membership: Option<MembershipRecord>,
}

/// The place of an account in the organization.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct MembershipRecord {
    /// The root or unit it is in.
    #[n(0)]
    pub parent: String,
    /// When it came in.
    #[cbor(n(1), with = "codec::instant")]
    pub joined: Timestamp,
    /// Whether it was invited; otherwise it was made here.
    #[n(2)]
    pub is_invited: bool,
    /// Attached policies.
    #[n(3)]
    pub attached: Vec<String>,
    /// The tags the organization gave it.
    #[cbor(n(4), with = "codec::tags")]
    pub tags: Tags,
}

/// The organization.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct OrganizationRecord {
    /// `o-…`
    #[n(0)]
    pub id: String,
    /// The account that manages it.
    #[cbor(n(1), with = "codec::text")]
    pub management: AccountId,
    /// `r-…`
    #[n(2)]
    pub root_id: String,
    /// When it was made.
    #[cbor(n(3), with = "codec::instant")]
    pub created: Timestamp,
    /// The types of policies that are enabled, by AWS's names.
    #[n(4)]
    pub policy_types: Vec<String>,
    /// What is attached to the root.
    #[n(5)]
    pub attached: Vec<String>,
    /// The root's tags.
    #[cbor(n(6), with = "codec::tags")]
    pub tags: Tags,
    /// Services with trusted access.
    #[n(7)]
    pub services: Vec<ServiceAccessRecord>,
    /// Accounts that administer a service for the organization.
    #[n(8)]
    pub administrators: Vec<AdministratorRecord>,
    /// What is enabled of the central management of root users, by AWS's names (IAM, `ListOrganizationsFeatures`).
    #[n(9)]
    pub root_features: Vec<String>,
    /// Who in other accounts may do what in the organization.
    #[n(10)]
    pub resource_policy: Option<DelegationRecord>,
}

/// A service with trusted access.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ServiceAccessRecord {
    /// `iam.amazonaws.com`
    #[n(0)]
    pub principal: String,
    /// Since when.
    #[cbor(n(1), with = "codec::instant")]
    pub since: Timestamp,
}

/// A delegated administrator.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AdministratorRecord {
    /// The account.
    #[cbor(n(0), with = "codec::text")]
    pub account: AccountId,
    /// The service it administers.
    #[n(1)]
    pub principal: String,
    /// Since when.
    #[cbor(n(2), with = "codec::instant")]
    pub since: Timestamp,
}

/// The organization's resource policy.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DelegationRecord {
    /// `rp-…`
    #[n(0)]
    pub id: String,
    /// What it says.
    #[n(1)]
    pub document: DocumentRecord,
    /// Its tags.
    #[cbor(n(2), with = "codec::tags")]
    pub tags: Tags,
}

/// An organizational unit.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct UnitRecord {
    /// `ou-…`
    #[n(0)]
    pub id: String,
    /// The root or unit it is in.
    #[n(1)]
    pub parent: String,
    /// Unique in its parent.
    #[n(2)]
    pub name: String,
    /// Attached policies.
    #[n(3)]
    pub attached: Vec<String>,
    /// Its tags.
    #[cbor(n(4), with = "codec::tags")]
    pub tags: Tags,
}

/// A policy of the organization.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct OrganizationPolicyRecord {
    /// `p-…`
    #[n(0)]
    pub id: String,
    /// Unique among those of its type.
    #[n(1)]
    pub name: String,
    /// What it is for.
    #[n(2)]
    pub description: String,
    /// AWS's name of its type: `SERVICE_CONTROL_POLICY`.
    #[n(3)]
    pub kind: String,
    /// Its text.
    #[n(4)]
    pub text: String,
    /// Its tags.
    #[cbor(n(5), with = "codec::tags")]
    pub tags: Tags,
}

/// A request to make an account, and what came of it.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct CreateAccountRecord {
    /// `car-…`
    #[n(0)]
    pub id: String,
    /// The name asked for.
    #[n(1)]
    pub account_name: String,
    /// When it was asked for, and answered.
    #[cbor(n(2), with = "codec::instant")]
    pub requested: Timestamp,
    /// The account; or none, for the reason in `failure`.
    #[cbor(n(3), with = "codec::text_option")]
    pub account: Option<AccountId>,
    /// AWS's word for what was wrong: `EMAIL_ALREADY_EXISTS`.
    #[n(4)]
    pub failure: Option<String>,
}

/// An invitation of an account into the organization.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct HandshakeRecord {
    /// `h-…`
    #[n(0)]
    pub id: String,
    /// Who is invited.
    #[cbor(n(1), with = "codec::text")]
    pub account: AccountId,
    /// As the invitation named it: `ACCOUNT` or `EMAIL`, and the name.
    #[n(2)]
    pub target: (String, String),
    /// When it was made.
    #[cbor(n(3), with = "codec::instant")]
    pub requested: Timestamp,
    /// Until when it can be accepted.
    #[cbor(n(4), with = "codec::instant")]
    pub expires: Timestamp,
    /// AWS's word: `OPEN`, `ACCEPTED`, `DECLINED`, `CANCELED`.
    #[n(5)]
    pub state: String,
    /// What the inviter adds.
    #[n(6)]
    pub notes: Option<String>,
    /// The tags that the account will have in the organization.
    #[cbor(n(7), with = "codec::tags")]
    pub tags: Tags,
}
