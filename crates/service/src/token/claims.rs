//! What a session token says.
//!
//! A token is self-contained: checking one reads nothing but the snapshot. Nothing in it is believed until the
//! request's signature holds under the secret that is inside it.

use minicbor::{Decode, Encode};
use portcullis_base::{AccessKeyId, AccountId, Secret, Tags, Timestamp, UniqueId};
use portcullis_store::codec;

/// Whose permissions a session has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Subject {
    /// A role session.
    #[n(0)]
    Role {
        /// The role.
        #[cbor(n(0), with = "codec::text")]
        role: UniqueId,
        /// The session name.
        #[n(1)]
        session_name: String,
    },
    /// A user's own session (GetSessionToken).
    #[n(1)]
    User {
        /// The user.
        #[cbor(n(0), with = "codec::text")]
        user: UniqueId,
    },
    /// The root user's own session (GetSessionToken).
    #[n(2)]
    Root,
    /// A federated user (GetFederationToken).
    #[n(3)]
    Federated {
        /// The user who made it; absent if the root user did.
        #[cbor(n(0), with = "codec::text_option")]
        parent: Option<UniqueId>,
        /// The name given to it.
        #[n(1)]
        name: String,
    },
}

/// One link of the chain that led to a session, the long-term key first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ancestor {
    /// The access key that signed the issuing call.
    #[cbor(n(0), with = "codec::text")]
    pub access_key_id: AccessKeyId,
    /// Its principal; absent for root.
    #[cbor(n(1), with = "codec::text_option")]
    pub principal: Option<UniqueId>,
    /// When it was issued, milliseconds since 1970; absent for a long-term key.
    #[n(2)]
    pub issued_ms: Option<i64>,
    /// The revision at which it was issued.
    #[n(3)]
    pub issue_revision: Option<u64>,
    /// The name of a role session.
    #[n(4)]
    pub name: Option<String>,
}

/// The part of a token that is compressed: what its maker passed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Passed {
    /// The inline session policy.
    #[n(0)]
    pub policy: Option<String>,
    /// Managed policies passed as session policies.
    #[cbor(n(1), with = "codec::text_list")]
    pub policy_ids: Vec<UniqueId>,
    /// Session tags, inherited ones included.
    #[cbor(n(2), with = "codec::tags")]
    pub tags: Tags,
    /// Which of the tags go on to the next session of a chain.
    #[n(3)]
    pub transitive_keys: Vec<String>,
}

impl Passed {
    /// Whether a session policy limits the session.
    pub fn has_policy(&self) -> bool {
        self.policy.is_some() || !self.policy_ids.is_empty()
    }
}

/// Who vouched for somebody that has no access key, and what policies may go on to ask about them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Federation {
    /// `aws:FederatedProvider`: the provider's ARN, or that of the identity store.
    #[n(0)]
    pub provider: String,
    /// The condition keys that every request of the session has.
    #[n(1)]
    pub keys: Vec<FederationKey>,
}

/// A condition key of a federated session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FederationKey {
    /// Its name: `saml:sub`.
    #[n(0)]
    pub name: String,
    /// Its values; one, unless it is multivalued.
    #[n(1)]
    pub values: Vec<String>,
    /// Whether it is multivalued.
    #[n(2)]
    pub is_multivalued: bool,
}

/// What a session token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `ASIA…`
    pub access_key_id: AccessKeyId,
    /// The secret access key of the session.
    pub secret: Secret,
    /// The account it acts in.
    pub account: AccountId,
    /// Whose permissions it has.
    pub subject: Subject,
    /// `aws:TokenIssueTime`.
    pub issued: Timestamp,
    /// The revision at which it was issued.
    pub issue_revision: u64,
    /// From this instant on it is refused.
    pub expires: Timestamp,
    /// Session policies and tags.
    pub passed: Passed,
    /// Immutable once set.
    pub source_identity: Option<String>,
    /// When the user proved possession of an MFA device, if they did.
    pub mfa_at: Option<Timestamp>,
    /// The chain that led here, the long-term key first.
    pub ancestors: Vec<Ancestor>,
    /// Who vouched for the session's user, if it was not an access key. Not handed on along a chain.
    pub federation: Option<Federation>,
    /// The id of the user of the identity store at the beginning of the chain.
    pub person: Option<String>,
}
