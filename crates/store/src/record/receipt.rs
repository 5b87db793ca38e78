//! Receipts: what a revocation was, whom it hit and what became of it. They outlive the revocation, and no decision
//! reads them.

use minicbor::{Decode, Encode};
use portcullis_base::{AccessKeyId, AccountId, Timestamp};

use super::RevocationTarget;
use crate::{Revision, codec};

/// How somebody was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum ReceiptStyle {
    /// By a revocation beside all policies.
    #[n(0)]
    Native,
    /// By a deny in the policies, where AWS's own recipes put it.
    #[n(1)]
    Aws,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ReceiptState {
    /// It is in force.
    #[n(0)]
    InForce,
    /// Somebody lifted it.
    #[n(1)]
    Lifted {
        /// When.
        #[cbor(n(0), with = "codec::instant")]
        at: Timestamp,
        /// Who, as an ARN.
        #[n(1)]
        by: String,
    },
    /// The last session that it could match had ended.
    #[n(2)]
    Retired {
        /// When that was seen.
        #[cbor(n(0), with = "codec::instant")]
        at: Timestamp,
    },
}

impl ReceiptState {
    /// When it ended; `None` while it is in force.
    pub fn ended(&self) -> Option<Timestamp> {
        match self {
            Self::InForce => None,
            Self::Lifted { at, .. } | Self::Retired { at } => Some(*at),
        }
    }
}

/// A credential that was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceiptHit {
    /// Its access key id.
    #[cbor(n(0), with = "codec::text")]
    pub access_key_id: AccessKeyId,
    /// Whether it was cut off because of what it came from.
    #[n(1)]
    pub is_descendant: bool,
    /// What else is known of it, where that is kept: its own record goes when it has ended.
    #[n(2)]
    pub about: Option<ReceiptSession>,
}

/// What is kept of a session that was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceiptSession {
    /// The ARN under which it acted.
    #[n(0)]
    pub arn: String,
    /// When it was issued.
    #[cbor(n(1), with = "codec::instant")]
    pub issued: Timestamp,
    /// When it ends.
    #[cbor(n(2), with = "codec::instant")]
    pub expires: Timestamp,
    /// Source identity.
    #[n(3)]
    pub source_identity: Option<String>,
}

/// What kind of document was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum WrittenKind {
    /// An inline policy of a role.
    #[n(0)]
    RolePolicy,
    /// An inline policy of a user.
    #[n(1)]
    UserPolicy,
    /// A statement of a role's trust policy.
    #[n(2)]
    TrustStatement,
    /// A statement of a bucket's policy.
    #[n(3)]
    BucketStatement,
    /// A service control policy.
    #[n(4)]
    ServiceControlPolicy,
    /// A user's access key, made inactive.
    #[n(5)]
    AccessKey,
    /// The id of a user of the identity store, put into a service control policy that stood ready.
    #[n(6)]
    PreparedList,
}

/// Something that was written into a policy, so that lifting can take back exactly that.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WrittenPart {
    /// What it is.
    #[n(0)]
    pub kind: WrittenKind,
    /// The unique id, or the ARN where there is none, of what has the policy.
    #[n(1)]
    pub resource: String,
    /// The policy's name, or the statement's `Sid`.
    #[n(2)]
    pub name: String,
}

/// With which token of the client it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceiptToken {
    /// The digest of the caller and the token, by which a retry is found.
    #[n(0)]
    pub mark: String,
    /// The digest of all else that was asked for.
    #[n(1)]
    pub request: String,
}

/// One receipt.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceiptRecord {
    /// The number of the revocation, and the last part of its id.
    #[n(0)]
    pub number: u64,
    /// How.
    #[n(1)]
    pub style: ReceiptStyle,
    /// Whom it is about.
    #[n(2)]
    pub target: RevocationTarget,
    /// Only sessions that act in this account; absent for all accounts.
    #[cbor(n(3), with = "codec::text_option")]
    pub scope: Option<AccountId>,
    /// Whether what was made in turn by what it hits is hit too.
    #[n(4)]
    pub cascades: bool,
    /// Only sessions issued before this instant.
    #[cbor(n(5), with = "codec::instant_option")]
    pub issued_before: Option<Timestamp>,
    /// Only sessions issued before this revision; absent: the revision at which this record was first written.
    #[n(6)]
    pub cutoff: Option<u64>,
    /// Whether it keeps its target from getting new sessions.
    #[n(7)]
    pub blocks: bool,
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
    /// The credentials that it hit, as many of them as are kept.
    #[cbor(n(13), with = "codec::list")]
    pub hits: Vec<ReceiptHit>,
    /// How many sessions it is about.
    #[n(14)]
    pub sessions: u64,
    /// How many descendants of theirs it hit beside them.
    #[n(15)]
    pub descendants: u64,
    /// What it wrote into policies.
    #[cbor(n(16), with = "codec::list")]
    pub written: Vec<WrittenPart>,
    /// What became of it.
    #[n(17)]
    pub state: ReceiptState,
    /// With which token it was asked for.
    #[n(18)]
    pub token: Option<ReceiptToken>,
    /// The revision at which it ended, if it has; absent: the revision at which this record was last written.
    #[n(19)]
    pub end: Option<u64>,
}

impl ReceiptRecord {
    /// Sessions issued before this revision are hit. `written` is the revision at which the record was last written.
    pub fn cutoff(&self, written: Revision) -> u64 {
        self.cutoff.unwrap_or(written.0)
    }

    /// Requests that were decided at this revision or a later one were not cut off by it any more.
    pub fn end(&self, written: Revision) -> Option<u64> {
        self.state.ended().map(|_| self.end.unwrap_or(written.0))
    }

    /// Whether it names everybody whom it hit.
    pub fn names_all(&self) -> bool {
        u64::try_from(self.hits.len())
            .is_ok_and(|named| named == self.sessions.saturating_add(self.descendants))
    }
}
