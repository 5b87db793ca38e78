//! The identity store: people and groups of the organization's own directory, known under ids that never change.

use minicbor::{Decode, Encode};
use portcullis_base::Timestamp;

use crate::codec;

/// When and by whom an entry of the directory was made and last changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryStamps {
    /// When it was made.
    #[cbor(n(0), with = "codec::instant")]
    pub created: Timestamp,
    /// The ARN of who made it.
    #[n(1)]
    pub created_by: String,
    /// When it was last changed.
    #[cbor(n(2), with = "codec::instant")]
    pub updated: Timestamp,
    /// The ARN of who changed it last.
    #[n(3)]
    pub updated_by: String,
}

/// An id that another directory gave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct ExternalIdRecord {
    /// Whose directory it is.
    #[n(0)]
    pub issuer: String,
    /// The id there.
    #[n(1)]
    pub id: String,
}

/// A user of the identity store.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryUserRecord {
    /// `UserId`: a UUID, never given to anybody else.
    #[n(0)]
    pub id: String,
    /// `UserName`, in the case in which it was given.
    #[n(1)]
    pub user_name: String,
    /// Whether the user may sign in (`UserStatus`).
    #[n(2)]
    pub is_enabled: bool,
    /// Every other attribute: a JSON object with the members of CreateUser.
    #[n(3)]
    pub attributes: String,
    /// When and by whom.
    #[n(4)]
    pub stamps: DirectoryStamps,
    /// The address among the attributes by which the user is found.
    #[n(5)]
    pub email: Option<String>,
    /// `Revision`: grows with each change.
    #[cbor(n(6), default)]
    pub revision: u64,
    /// Ids that other directories gave.
    #[cbor(n(7), default)]
    pub external_ids: Vec<ExternalIdRecord>,
}

/// A group of the identity store.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryGroupRecord {
    /// `GroupId`: a UUID.
    #[n(0)]
    pub id: String,
    /// `DisplayName`, in the case in which it was given.
    #[n(1)]
    pub display_name: String,
    /// `Description`.
    #[n(2)]
    pub description: Option<String>,
    /// Every other attribute: a JSON object with members as DescribeGroup has them.
    #[n(3)]
    pub attributes: String,
    /// When and by whom.
    #[n(4)]
    pub stamps: DirectoryStamps,
    /// `Revision`: grows with each change.
    #[cbor(n(5), default)]
    pub revision: u64,
    /// Ids that other directories gave.
    #[cbor(n(6), default)]
    pub external_ids: Vec<ExternalIdRecord>,
}

/// A user's being in a group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryMembershipRecord {
    /// `MembershipId`: a UUID.
    #[n(0)]
    pub id: String,
    /// The group.
    #[n(1)]
    pub group: String,
    /// The user.
    #[n(2)]
    pub user: String,
    /// When and by whom.
    #[n(3)]
    pub stamps: DirectoryStamps,
}
