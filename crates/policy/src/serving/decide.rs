//! The decision once more, for serving: the same answer as [`crate::decide()`] without a look at statements that cannot
//! matter, and without allocating.
//!
//! Each layer is asked once. Its denies are all looked at; of its allows the first that does is enough. What the
//! layers said is then put together as AWS's page on evaluation has it.

use std::ops::ControlFlow;

use smallvec::SmallVec;

use super::compile::Compiled;
use super::index::{Action, At, Documents, Index};
use super::layers::{Allows, Deciding, Decision, Denies, Layers, Request, ResourceLayer, Source};
use super::members::Asked;
use super::set::PolicySet;
use super::sides::{Says, Sides};
use crate::document::Effect;
use crate::layers::{FederatedParent, Layer, Principal, Verdict};
use crate::principal_match::{Grant, clause_grant};
use crate::session_kind::{long_term_get_session_token, needs_no_permission, refusal_of};

/// Actions are shorter; a longer one costs an allocation.
const ACTION_BYTES: usize = 96;

/// Decides one request under the layers given: the verdict of [`crate::decide()`].
///
/// Nothing is allocated, but for patterns that mix variables with wildcards elsewhere than at the end, variables under
/// `Bool` and where case does not count, and what is longer than anything usual.
pub fn decide<'a>(request: &Request<'a>, layers: &Layers<'a>) -> Decision<'a> {
    let mut folded: SmallVec<[u8; ACTION_BYTES]> = SmallVec::new();
    folded.extend(request.action.bytes().map(|byte| byte.to_ascii_lowercase()));
    // Folding ASCII letters leaves text text.
    let action = std::str::from_utf8(&folded).unwrap_or_default();
    let asked = Asked { action: Action::new(action), resource: request.resource, view: request.view };
    let hearing = Hearing::new(request, &asked, layers);
    let mut heard = Heard::default();
    let verdict = hearing.verdict(layers, &mut heard);
    Decision { verdict, denies: heard.denies, allows: heard.allows }
}

/// The statements that applied.
#[derive(Default)]
struct Heard<'a> {
    denies: Denies<'a>,
    allows: Allows<'a>,
}

impl<'a> Heard<'a> {
    fn deny(&mut self, deciding: Deciding<'a>) {
        if !self.denies.iter().any(|held| held.is(&deciding)) {
            // What there is no more room for is not told.
            let _ = self.denies.try_push(deciding);
        }
    }

    fn allow(&mut self, deciding: Deciding<'a>) {
        let _ = self.allows.try_push(deciding);
    }
}

/// Whose policies the caller's own are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It belongs to no account.
    Stranger,
    /// Everything in its account is allowed to it: the root user, and whom root federated.
    Root,
    /// A user's or a role's.
    Holder,
}

impl Standing {
    fn of(principal: &Principal) -> Self {
        match principal {
            Principal::Root { .. } | Principal::Federated { parent: FederatedParent::Root, .. } => Self::Root,
            Principal::User { .. } | Principal::Federated { .. } | Principal::RoleSession { .. } => {
                Self::Holder
            }
            Principal::Anonymous | Principal::Service { .. } | Principal::ExternalIdentity { .. } => {
                Self::Stranger
            }
        }
    }
}

/// The request before its layers.
struct Hearing<'q, 'a> {
    request: &'q Request<'a>,
    asked: &'q Asked<'q>,
    standing: Standing,
    /// Whether the caller has a boundary.
    bounded: bool,
}

impl<'q, 'a> Hearing<'q, 'a> {
    fn new(request: &'q Request<'a>, asked: &'q Asked<'q>, layers: &Layers<'_>) -> Self {
        let standing = Standing::of(request.principal);
        let bounded = standing == Standing::Holder && layers.boundary.is_some();
        Self { request, asked, standing, bounded }
    }

    fn verdict(&self, layers: &Layers<'a>, heard: &mut Heard<'a>) -> Verdict {
        self.ask_all(Layer::Revocation, layers.revocations, heard);
        if !heard.denies.is_empty() {
            return Verdict::ExplicitDeny(Layer::Revocation);
        }
        heard.allows.clear();
        let action = self.asked.action.text;
        if needs_no_permission(action) {
            return Verdict::Allow;
        }
        if let Some(text) = refusal_of(self.request.principal, action) {
            return Verdict::Forbidden(text);
        }
        let is_holder = self.standing == Standing::Holder;
        let identity = layers.identity.get(..if is_holder { layers.identity.len() } else { 0 });
        let identity = self.ask_all(Layer::Identity, identity.unwrap_or_default(), heard);
        let boundary = layers.boundary.filter(|_| is_holder);
        let boundary =
            boundary.map_or(Says::Allows, |source| Says::of(self.ask(Layer::Boundary, source, heard)));
        let session = self.ask_session(layers.session, heard);
        let (resource_layer, resource) = self.ask_resource(layers.resource, heard);
        let scps = layers.scps.filter(|_| self.standing != Standing::Stranger);
        let scps = self.ask_rail(Layer::Scp, scps, heard);
        let rcps = self.ask_rail(Layer::Rcp, layers.rcps, heard);
        if let Some(first) = heard.denies.first() {
            return Verdict::ExplicitDeny(first.layer);
        }
        if long_term_get_session_token(self.request.principal, action) {
            heard.allows.clear();
            return Verdict::Allow;
        }
        // However a policy names root: a session of root's that has a policy is bounded by it.
        let is_root = matches!(self.request.principal, Principal::Root { .. });
        let resource =
            if is_root && layers.session.is_some() { resource.min(Grant::ViaParent) } else { resource };
        let sides = Sides {
            has_account: self.standing != Standing::Stranger,
            identity: if self.standing == Standing::Root { Says::Allows } else { Says::of(identity) },
            boundary,
            session,
            resource_layer,
            resource,
        };
        let granted = if scps == Says::Silent {
            Err(Layer::Scp)
        } else if rcps == Says::Silent {
            Err(Layer::Rcp)
        } else if self.request.principal.account().is_none_or(|own| own == self.request.resource_account) {
            sides.same_account()
        } else {
            sides.across_accounts()
        };
        match granted {
            Ok(needed) => {
                heard.allows.retain(|allow| needed.counts(allow.layer, resource_layer));
                Verdict::Allow
            }
            Err(layer) => Verdict::ImplicitDeny(layer),
        }
    }

    fn ask_session(&self, policies: Option<&'a [Source<'a>]>, heard: &mut Heard<'a>) -> Says {
        match policies.filter(|_| self.standing != Standing::Stranger) {
            Some(policies) => Says::of(self.ask_all(Layer::Session, policies, heard)),
            None if matches!(self.request.principal, Principal::Federated { .. }) => Says::Silent,
            None => Says::Allows,
        }
    }

    fn ask_resource(&self, resource: ResourceLayer<'a>, heard: &mut Heard<'a>) -> (Layer, Grant) {
        let (layer, source) = match resource {
            ResourceLayer::None => (Layer::Resource, None),
            ResourceLayer::Policy(source) => (Layer::Resource, Some(source)),
            ResourceLayer::Trust(source) => (Layer::Trust, Some(source)),
            ResourceLayer::TrustMissing => (Layer::Trust, None),
        };
        let denies = heard.denies.len();
        let grant = source.map_or(Grant::None, |source| self.ask(layer, source, heard));
        if self.is_owner_root_on_bucket_policy() {
            heard.denies.truncate(denies);
        }
        (layer, grant)
    }

    /// Every level must contain an allow; without any level there is none.
    fn ask_rail(&self, layer: Layer, levels: Option<&'a [&'a [Source<'a>]]>, heard: &mut Heard<'a>) -> Says {
        let Some(levels) = levels else { return Says::Allows };
        let mut rail = if levels.is_empty() { Says::Silent } else { Says::Allows };
        for level in levels {
            if self.ask_all(layer, level, heard) == Grant::None {
                rail = Says::Silent;
            }
        }
        rail
    }

    /// The strongest grant of some policies of a layer.
    fn ask_all(&self, layer: Layer, sources: &'a [Source<'a>], heard: &mut Heard<'a>) -> Grant {
        let mut strongest = Grant::None;
        let before = heard.allows.len();
        for source in sources {
            let grant = self.ask_beyond(layer, *source, strongest, heard);
            strongest = strongest.max(grant);
        }
        // One allow of a layer is told.
        heard.allows.truncate(before + 1);
        strongest
    }

    fn ask(&self, layer: Layer, source: Source<'a>, heard: &mut Heard<'a>) -> Grant {
        self.ask_beyond(layer, source, Grant::None, heard)
    }

    /// Looks at the denies, and for an allow that is worth more than `known`.
    fn ask_beyond(&self, layer: Layer, source: Source<'a>, known: Grant, heard: &mut Heard<'a>) -> Grant {
        match source {
            Source::One(name, compiled) => {
                self.ask_index(layer, &compiled.index, compiled, known, &|_| name, heard)
            }
            Source::Set(set) => self.ask_set(layer, set, known, heard),
        }
    }

    fn ask_set(&self, layer: Layer, set: &'a PolicySet, known: Grant, heard: &mut Heard<'a>) -> Grant {
        let name = |place: u32| set.policies().get(place as usize).map_or("", |(name, _)| &**name);
        if let Some(index) = set.index() {
            return self.ask_index(layer, index, set, known, &name, heard);
        }
        let mut strongest = known;
        for (name, compiled) in set.policies() {
            let grant = self.ask_index(layer, &compiled.index, &**compiled, strongest, &|_| name, heard);
            strongest = strongest.max(grant);
        }
        strongest
    }

    fn ask_index<D: Documents>(
        &self,
        layer: Layer,
        index: &Index,
        documents: &'a D,
        known: Grant,
        name: &dyn Fn(u32) -> &'a str,
        heard: &mut Heard<'a>,
    ) -> Grant {
        let concerned = index.concerned(documents, &self.asked.action);
        let _ = index.statements(documents, self.asked, &concerned, Effect::Deny, |at| {
            if let Some((deciding, _)) = self.applies(layer, documents, at, Effect::Deny, Grant::None, name) {
                heard.deny(deciding);
            }
            ControlFlow::Continue(())
        });
        let mut strongest = known;
        let mut strongest_by = None;
        if known < Grant::Direct {
            let _ = index.statements(documents, self.asked, &concerned, Effect::Allow, |at| {
                if let Some((deciding, grant)) =
                    self.applies(layer, documents, at, Effect::Allow, strongest, name)
                {
                    strongest = grant;
                    strongest_by = Some(deciding);
                }
                if strongest == Grant::Direct { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        if let Some(deciding) = strongest_by {
            heard.allow(deciding);
        }
        strongest
    }

    /// Whether a statement whose action and resource match applies, and what it grants if that is more than `known`.
    fn applies<D: Documents>(
        &self,
        layer: Layer,
        documents: &'a D,
        at: At,
        effect: Effect,
        known: Grant,
        name: &dyn Fn(u32) -> &'a str,
    ) -> Option<(Deciding<'a>, Grant)> {
        let document: &'a Compiled = documents.document(at.document as usize)?;
        let row = document.rows.get(at.place as usize)?;
        let clause = document.principal(row);
        // A Principal element has a say in the policies of resources; elsewhere the policy's place names the principal.
        let has_principal = clause.is_some() || matches!(layer, Layer::Resource | Layer::Trust | Layer::Rcp);
        let grant = if has_principal {
            clause_grant(clause, effect, self.request.principal, self.bounded)
        } else {
            Grant::Direct
        };
        if grant <= known || !document.conditions_hold(row, self.asked.view) {
            return None;
        }
        let index = at.place as usize;
        let deciding = Deciding { layer, policy: name(at.document), document, index, effect };
        Some((deciding, grant))
    }

    /// A bucket owner's root user cannot lock itself out of the bucket's policy (AWS: "Bucket policies for Amazon S3").
    fn is_owner_root_on_bucket_policy(&self) -> bool {
        let owner = self.request.resource_account;
        matches!(self.request.principal, Principal::Root { account, .. } if *account == owner)
            && ["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"]
                .contains(&self.asked.action.text)
    }
}
