//! Revocations: denials that lie beside all policies, with who made them, when and why.

use minicbor::{Decode, Encode};
use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId};

use crate::{Revision, codec};

/// Whom a revocation is about.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum RevocationTarget {
    /// One session, by its access key id.
    #[n(0)]
    Session(#[cbor(n(0), with = "codec::text")] AccessKeyId),
    /// A long-term access key, and what was made with it.
    #[n(1)]
    AccessKey(#[cbor(n(0), with = "codec::text")] AccessKeyId),
    /// The sessions of a role.
    #[n(2)]
    Role(#[cbor(n(0), with = "codec::text")] UniqueId),
    /// The sessions of a role under one session name.
    #[n(3)]
    RoleSession(#[cbor(n(0), with = "codec::text")] UniqueId, #[n(1)] String),
    /// The sessions of a user, and those that the user made.
    #[n(4)]
    User(#[cbor(n(0), with = "codec::text")] UniqueId),
    /// The sessions of an account's root user.
    #[n(5)]
    Root(#[cbor(n(0), with = "codec::text")] AccountId),
    /// The sessions of a federated user of an account.
    #[n(6)]
    FederatedUser(#[cbor(n(0), with = "codec::text")] AccountId, #[n(1)] String),
    /// The sessions that carry a source identity.
    #[n(7)]
    SourceIdentity(#[n(0)] String),
    /// The sessions of a user of the identity store, in all accounts.
    #[n(8)]
    Person(#[n(0)] String),
}

/// What counts as ended for good: sessions issued before a revision whose end had come at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct EndedMark {
    /// The instant.
    #[cbor(n(0), with = "codec::instant")]
    pub at: Timestamp,
    /// The revision.
    #[n(1)]
    pub revision: u64,
}

/// The marks in force: a later one with an earlier instant comes of a clock that was set back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EndedRecord {
    /// The marks.
    #[n(0)]
    pub marks: Vec<EndedMark>,
}

/// One revocation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RevocationRecord {
    /// Drawn at random, never zero; the last part of its id.
    #[n(0)]
    pub number: u64,
    /// Whom it is about.
    #[n(1)]
    pub target: RevocationTarget,
    /// Only sessions that act in this account; absent for all accounts.
    #[cbor(n(2), with = "codec::text_option")]
    pub scope: Option<AccountId>,
    /// Whether what was made in turn by what it hits is hit too.
    #[n(3)]
    pub cascades: bool,
    /// Only sessions issued before this instant.
    #[cbor(n(4), with = "codec::instant_option")]
    pub issued_before: Option<Timestamp>,
    /// Only sessions issued before this revision; absent: the revision at which this record was first written.
    #[n(5)]
    pub cutoff: Option<u64>,
    /// Who gets no new session until it is lifted.
    #[n(6)]
    pub blocked: Option<RevocationTarget>,
    /// When the last session that it can match has ended, as far as is known; absent: it does not retire.
    #[cbor(n(7), with = "codec::instant_option")]
    pub until: Option<Timestamp>,
    /// When it was made.
    #[cbor(n(8), with = "codec::instant")]
    pub at: Timestamp,
    /// The ARN of who made it.
    #[n(9)]
    pub by: String,
    /// Why.
    #[n(10)]
    pub reason: Option<String>,
    /// The event of the request that made it.
    #[n(11)]
    pub event_id: String,
    /// The account of who made it: there it is listed.
    #[cbor(n(12), with = "codec::text")]
    pub account: AccountId,
}

impl RevocationRecord {
    /// Sessions issued before this revision are hit. `written` is the revision at which the record was last written.
    pub fn cutoff(&self, written: Revision) -> u64 {
        self.cutoff.unwrap_or(written.0)
    }
}
