//! What goes into a decision of the serving engine and what comes out. Everything is borrowed.

use arrayvec::ArrayVec;
use portcullis_base::AccountId;

use super::compile::Compiled;
use super::set::PolicySet;
use super::view::View;
use crate::document::Effect;
use crate::layers::{self, Layer, Principal, Verdict};

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
    pub view: &'a View<'a>,
}

/// Some policies of a layer.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// One, with the name under which an event shows it.
    One(&'a str, &'a Compiled),
    /// Several.
    Set(&'a PolicySet),
}

/// The policy of the resource itself.
#[derive(Debug, Clone, Copy, Default)]
pub enum ResourceLayer<'a> {
    /// The resource has no policy and needs none.
    #[default]
    None,
    /// A resource-based policy, such as a bucket policy.
    Policy(Source<'a>),
    /// A role's trust policy.
    Trust(Source<'a>),
    /// The resource needs a trust policy's consent but has none.
    TrustMissing,
}

/// Every policy that has a say in one decision; the same layers with the same meaning as [`crate::Layers`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// Native revocations.
    pub revocations: &'a [Source<'a>],
    /// Identity policies.
    pub identity: &'a [Source<'a>],
    /// The permissions boundary.
    pub boundary: Option<Source<'a>>,
    /// The session policies.
    pub session: Option<&'a [Source<'a>]>,
    /// The resource's own policy.
    pub resource: ResourceLayer<'a>,
    /// Service control policies by level, root first.
    pub scps: Option<&'a [&'a [Source<'a>]]>,
    /// Resource control policies by level, root first.
    pub rcps: Option<&'a [&'a [Source<'a>]]>,
}

/// A statement that decided.
#[derive(Debug, Clone, Copy)]
pub struct Deciding<'a> {
    /// The layer it stands in.
    pub layer: Layer,
    /// The policy's name.
    pub policy: &'a str,
    pub(super) document: &'a Compiled,
    /// Its place in the document, from zero.
    pub index: usize,
    /// What it says.
    pub effect: Effect,
}

impl<'a> Deciding<'a> {
    /// The statement's Sid, if it has one.
    pub fn sid(&self) -> Option<&'a str> {
        self.document.sid(self.index)
    }

    /// Whether it is the same statement of the same document in the same place.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document)
            && (self.layer, self.index, self.policy) == (other.layer, other.index, other.policy)
    }
}

/// As many denying statements are told.
pub(super) const DENIES_MAX: usize = 8;
/// As many allowing statements are told: one of each layer, and of each level of the guardrails.
pub(super) const ALLOWS_MAX: usize = 24;

pub(super) type Denies<'a> = ArrayVec<Deciding<'a>, DENIES_MAX>;
pub(super) type Allows<'a> = ArrayVec<Deciding<'a>, ALLOWS_MAX>;

/// A verdict with the statements behind it.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The answer.
    pub verdict: Verdict,
    pub(super) denies: Denies<'a>,
    pub(super) allows: Allows<'a>,
}

impl<'a> Decision<'a> {
    /// Whether the request may proceed.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allow
    }

    /// For an explicit deny, the denying statements, eight at most, those of the layer reported first; for an allow,
    /// an allowing statement of each layer that was needed; nothing where nothing applied. Where more statements
    /// apply than are told, the obvious engine names them all.
    pub fn deciding(&self) -> &[Deciding<'a>] {
        match self.verdict {
            Verdict::ExplicitDeny(_) => &self.denies,
            Verdict::Allow => &self.allows,
            Verdict::ImplicitDeny(_) | Verdict::Forbidden(_) => &[],
        }
    }

    /// The same decision, keeping nothing borrowed.
    pub fn to_owned(&self) -> layers::Decision {
        let deciding = self
            .deciding()
            .iter()
            .map(|deciding| layers::Deciding {
                layer: deciding.layer,
                policy: deciding.policy.to_owned(),
                statement: deciding.sid().map(str::to_owned),
                index: deciding.index,
                effect: deciding.effect,
            })
            .collect();
        layers::Decision { verdict: self.verdict, deciding }
    }
}
