//! What goes into a decision and what comes out: the principal, the request, the policy layers, the verdict.
//!
//! Every layer is given as it stands now. A document that could not be read is given as
//! [`Document::unreadable`], which denies everything in its layer; leaving it out would allow.

use portcullis_base::{AccountId, UniqueId};

use crate::context::Context;
use crate::document::{Document, Effect};

/// Facts of a GetSessionToken session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionFacts {
    /// Whether it was issued with a valid MFA code.
    pub mfa: bool,
}

/// Whose credentials called GetFederationToken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FederatedParent {
    /// An IAM user.
    User {
        /// The user's unique id, `AIDA…`.
        id: UniqueId,
        /// The user's ARN, path included.
        arn: String,
    },
    /// The account's root user.
    Root,
}

/// Who makes the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An unsigned request.
    Anonymous,
    /// The root user, by its own key or a GetSessionToken session of it.
    Root {
        /// Its account.
        account: AccountId,
        /// Set for credentials from GetSessionToken.
        session: Option<SessionFacts>,
    },
    /// An IAM user, by a key of its own or a GetSessionToken session of it.
    User {
        /// Its account.
        account: AccountId,
        /// Its unique id, `AIDA…`.
        id: UniqueId,
        /// Its ARN, path included.
        arn: String,
        /// Set for credentials from GetSessionToken.
        session: Option<SessionFacts>,
    },
    /// A federated user, by credentials from GetFederationToken.
    Federated {
        /// Its account.
        account: AccountId,
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        arn: String,
        /// Whose credentials made the session; never to be derived from NAME.
        parent: FederatedParent,
    },
    /// A session of a role, however it was obtained.
    RoleSession {
        /// Its account.
        account: AccountId,
        /// The role's unique id, `AROA…`.
        role_id: UniqueId,
        /// The role's ARN, path included.
        role_arn: String,
        /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
        session_arn: String,
    },
    /// An AWS service acting for itself.
    Service {
        /// `ec2.amazonaws.com`.
        name: String,
    },
    /// The bearer of a verified assertion or web identity token, who has no AWS credentials yet.
    ExternalIdentity {
        /// The provider's ARN, or the host of a well-known provider.
        provider: String,
    },
}

impl Principal {
    /// The account the principal belongs to, if it belongs to one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Anonymous | Self::Service { .. } | Self::ExternalIdentity { .. } => None,
            Self::Root { account, .. }
            | Self::User { account, .. }
            | Self::Federated { account, .. }
            | Self::RoleSession { account, .. } => Some(*account),
        }
    }
}

/// A policy and the name under which the audit event shows it.
#[derive(Debug, Clone, Copy)]
pub struct PolicyRef<'a> {
    /// The ARN of a managed policy, or the name of an inline policy.
    pub name: &'a str,
    /// The parsed document.
    pub document: &'a Document,
}

/// One action on one resource by one principal.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `service:Action`.
    pub action: &'a str,
    /// The ARN, or `*` for actions without resource-level permissions.
    pub resource: &'a str,
    /// The account that owns the resource.
    pub resource_account: AccountId,
    /// Who asks.
    pub principal: &'a Principal,
    /// The condition keys.
    pub context: &'a Context,
}

/// The policy of the resource itself.
#[derive(Debug, Clone, Copy, Default)]
pub enum ResourceLayer<'a> {
    /// The resource has no policy and needs none.
    #[default]
    None,
    /// A resource-based policy, such as a bucket policy.
    Policy(PolicyRef<'a>),
    /// A role's trust policy: without its consent nobody gets in, whatever identity policies say.
    Trust(PolicyRef<'a>),
    /// The resource needs a trust policy's consent but has none.
    TrustMissing,
}

/// Every policy that has a say in one decision.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// Native revocations: explicit denies, consulted for every action.
    pub revocations: &'a [PolicyRef<'a>],
    /// Inline and managed policies of the user or role, and of the user's groups. Not asked for root, for what root
    /// federated, and for callers without an account.
    pub identity: &'a [PolicyRef<'a>],
    /// The permissions boundary, if one is attached; not asked where identity policies are not.
    pub boundary: Option<PolicyRef<'a>>,
    /// The session policies, if any were passed when the session was made.
    pub session: Option<&'a [PolicyRef<'a>]>,
    /// The resource's own policy.
    pub resource: ResourceLayer<'a>,
    /// Service control policies by level, root first; `None` where they do not apply (no organization, management
    /// account, service-linked role). A level without a policy allows nothing.
    pub scps: Option<&'a [Vec<PolicyRef<'a>>]>,
    /// Resource control policies by level, root first; `None` where they do not apply.
    pub rcps: Option<&'a [Vec<PolicyRef<'a>>]>,
}

/// A kind of policy, as the access-denied texts tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A native revocation.
    Revocation,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A resource-based policy.
    Resource,
    /// A role trust policy.
    Trust,
    /// An identity-based policy.
    Identity,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The request may proceed.
    Allow,
    /// A statement denies; the layer named is the first in the order of reporting.
    ExplicitDeny(Layer),
    /// Nothing denies, but this layer allows nothing where it must.
    ImplicitDeny(Layer),
    /// These credentials may never make this call; the text is the refusal.
    Forbidden(&'static str),
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciding {
    /// The layer it stands in.
    pub layer: Layer,
    /// The name given in the [`PolicyRef`].
    pub policy: String,
    /// Its Sid, if it has one.
    pub statement: Option<String>,
    /// Its place in the document, from zero.
    pub index: usize,
    /// What it says.
    pub effect: Effect,
}

/// A verdict with the statements behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// For an explicit deny, every denying statement, those of the layer reported first; for an allow, every
    /// allowing statement of the layers that were needed; empty where nothing applied.
    pub deciding: Vec<Deciding>,
}

impl Decision {
    /// Whether the request may proceed.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allow
    }
}
