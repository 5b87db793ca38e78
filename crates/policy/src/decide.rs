//! The decision: AWS's page "How AWS enforcement code logic evaluates requests", written once and plainly.
//!
//! Native revocations are asked first, for every action. Then an explicit deny anywhere wins. Then the organization's
//! guardrails must each contain an allow. Then somebody must grant: in the account that owns the resource, identity
//! policies or the resource's policy; across accounts, both. Boundaries, session policies and guardrails never grant.
//! There is no error: what cannot be read arrives as a document that denies.

use crate::document::{Effect, Statement};
use crate::layers::{
    Deciding, Decision, FederatedParent, Layer, Layers, PolicyRef, Principal, Request, ResourceLayer, Verdict,
};
use crate::principal_match::{Grant, statement_grant};
use crate::session_kind::{is_action, may_get_session_token, needs_no_permission, refusal};
use crate::statement_match::{Asked, applies};

/// The actions on its bucket policy from which the bucket owner's root user cannot lock itself out (AWS: "Bucket
/// policies for Amazon S3").
const BUCKET_POLICY_ACTIONS: [&str; 3] =
    ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// Decides one request under the layers given.
///
/// The order of the policies within a layer, and policies given twice, make no difference to the verdict.
pub fn decide(request: &Request<'_>, layers: &Layers<'_>) -> Decision {
    let case = Case::new(request, layers);
    if !case.revocations.denies.is_empty() {
        return explicit(Layer::Revocation, case.revocations.denies);
    }
    if needs_no_permission(request.action) {
        return allow(Vec::new());
    }
    if let Some(text) = refusal(request) {
        return Decision { verdict: Verdict::Forbidden(text), deciding: Vec::new() };
    }
    if let Some(decision) = case.explicit_deny() {
        return decision;
    }
    if may_get_session_token(request) {
        return allow(Vec::new());
    }
    match case.granted() {
        Ok(by) => allow(case.allowing(&by)),
        Err(layer) => Decision { verdict: Verdict::ImplicitDeny(layer), deciding: Vec::new() },
    }
}

fn allow(deciding: Vec<Deciding>) -> Decision {
    Decision { verdict: Verdict::Allow, deciding }
}

fn explicit(layer: Layer, deciding: Vec<Deciding>) -> Decision {
    Decision { verdict: Verdict::ExplicitDeny(layer), deciding }
}

/// What one layer says about the request.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) denies: Vec<Deciding>,
    pub(crate) allows: Vec<Deciding>,
    /// The strongest class among the allows; for layers without a Principal element, `Direct` if there is any.
    pub(crate) grant: Grant,
}

/// How a statement of this layer reaches the caller.
pub(crate) fn grant_in(layer: Layer, statement: &Statement, asked: &Asked<'_>) -> Grant {
    // A Principal element has a say in the policies of resources; elsewhere the policy's place names the principal.
    let has_principal = matches!(layer, Layer::Resource | Layer::Trust | Layer::Rcp);
    if has_principal || statement.principal.is_some() {
        statement_grant(statement, asked.caller, asked.bounded)
    } else {
        Grant::Direct
    }
}

impl Outcome {
    fn of(layer: Layer, policies: &[PolicyRef<'_>], asked: &Asked<'_>) -> Self {
        let mut outcome = Self::default();
        for policy in policies {
            outcome.add(layer, policy, asked);
        }
        outcome
    }

    fn add(&mut self, layer: Layer, policy: &PolicyRef<'_>, asked: &Asked<'_>) {
        for (index, statement) in policy.document.statements().iter().enumerate() {
            let grant = grant_in(layer, statement, asked);
            if grant == Grant::None || !applies(statement, asked) {
                continue;
            }
            let deciding = Deciding {
                layer,
                policy: policy.name.to_owned(),
                statement: statement.sid.clone(),
                index,
                effect: statement.effect,
            };
            match statement.effect {
                Effect::Deny => self.denies.push(deciding),
                Effect::Allow => {
                    self.grant = self.grant.max(grant);
                    self.allows.push(deciding);
                }
            }
        }
    }

    pub(crate) fn allows(&self) -> bool {
        !self.allows.is_empty()
    }
}

/// An organization's guardrail: the outcome of each level, root first.
pub(crate) struct Guardrail {
    pub(crate) levels: Vec<Outcome>,
}

impl Guardrail {
    fn of(layer: Layer, levels: &[Vec<PolicyRef<'_>>], asked: &Asked<'_>) -> Self {
        Self { levels: levels.iter().map(|level| Outcome::of(layer, level, asked)).collect() }
    }

    /// Every level must contain an allow; an account without any level has nothing that allows it.
    fn allows(&self) -> bool {
        !self.levels.is_empty() && self.levels.iter().all(Outcome::allows)
    }
}

/// The layers that have a say for this caller.
pub(crate) fn having_a_say<'a>(request: &Request<'_>, layers: &Layers<'a>) -> Layers<'a> {
    let has_account = request.principal.account().is_some();
    // Root, and what root federated, has neither identity policies nor a boundary.
    let has_identity = has_account && !is_root(request.principal);
    Layers {
        identity: if has_identity { layers.identity } else { &[] },
        boundary: layers.boundary.filter(|_| has_identity),
        session: layers.session.filter(|_| has_account),
        scps: layers.scps.filter(|_| has_account),
        ..*layers
    }
}

/// The request with the outcome of every layer.
pub(crate) struct Case<'a> {
    request: &'a Request<'a>,
    pub(crate) revocations: Outcome,
    pub(crate) identity: Outcome,
    pub(crate) boundary: Option<Outcome>,
    pub(crate) session: Option<Outcome>,
    pub(crate) resource: Outcome,
    /// `Resource` or `Trust`, whichever kind of policy the resource has.
    pub(crate) resource_layer: Layer,
    pub(crate) scps: Option<Guardrail>,
    pub(crate) rcps: Option<Guardrail>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(request: &'a Request<'a>, layers: &Layers<'_>) -> Self {
        let layers = having_a_say(request, layers);
        let asked = Asked::new(request, layers.boundary.is_some());
        let (resource_layer, resource_policy) = match layers.resource {
            ResourceLayer::None => (Layer::Resource, None),
            ResourceLayer::Policy(policy) => (Layer::Resource, Some(policy)),
            ResourceLayer::Trust(policy) => (Layer::Trust, Some(policy)),
            ResourceLayer::TrustMissing => (Layer::Trust, None),
        };
        let mut resource = Outcome::of(resource_layer, resource_policy.as_slice(), &asked);
        if is_owner_root_on_bucket_policy(request) {
            resource.denies.clear();
        }
        // However a policy names root: a session of root's that has a policy is bounded by it (STS API reference,
        // AssumeRoot).
        if matches!(request.principal, Principal::Root { .. }) && layers.session.is_some() {
            resource.grant = resource.grant.min(Grant::ViaParent);
        }
        Self {
            request,
            revocations: Outcome::of(Layer::Revocation, layers.revocations, &asked),
            identity: Outcome::of(Layer::Identity, layers.identity, &asked),
            boundary: layers.boundary.map(|policy| Outcome::of(Layer::Boundary, &[policy], &asked)),
            session: layers.session.map(|policies| Outcome::of(Layer::Session, policies, &asked)),
            resource,
            resource_layer,
            scps: layers.scps.map(|levels| Guardrail::of(Layer::Scp, levels, &asked)),
            rcps: layers.rcps.map(|levels| Guardrail::of(Layer::Rcp, levels, &asked)),
        }
    }

    /// The layers that may deny, in the order in which they are reported.
    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        let guardrails = self.scps.iter().chain(&self.rcps).flat_map(|guardrail| &guardrail.levels);
        std::iter::once(&self.identity)
            .chain(&self.boundary)
            .chain(&self.session)
            .chain(std::iter::once(&self.resource))
            .chain(guardrails)
    }

    fn explicit_deny(&self) -> Option<Decision> {
        let denies: Vec<Deciding> =
            self.outcomes().flat_map(|outcome| outcome.denies.iter().cloned()).collect();
        denies.first().map(|first| first.layer).map(|layer| explicit(layer, denies))
    }

    fn missing_guardrail(&self) -> Option<Layer> {
        let silent =
            |guardrail: &Option<Guardrail>| guardrail.as_ref().is_some_and(|guardrail| !guardrail.allows());
        if silent(&self.scps) {
            Some(Layer::Scp)
        } else if silent(&self.rcps) {
            Some(Layer::Rcp)
        } else {
            None
        }
    }

    /// The layers that granted, or the one that would have had to: the answer where nothing denies.
    pub(crate) fn granted(&self) -> Result<Vec<Layer>, Layer> {
        match self.missing_guardrail() {
            Some(layer) => Err(layer),
            None if self.is_same_account() => self.same_account(),
            None => self.across_accounts(),
        }
    }

    /// Callers without an account have only the resource's account to be granted by.
    pub(crate) fn is_same_account(&self) -> bool {
        self.request.principal.account().is_none_or(|account| account == self.request.resource_account)
    }

    fn same_account(&self) -> Result<Vec<Layer>, Layer> {
        if self.resource_layer == Layer::Trust && self.resource.grant == Grant::None {
            return Err(Layer::Trust);
        }
        match self.resource.grant {
            Grant::Direct => Ok(vec![self.resource_layer]),
            Grant::ViaParent => {
                self.within_limits()?;
                Ok(vec![self.resource_layer, Layer::Boundary, Layer::Session])
            }
            Grant::Delegate | Grant::None if self.request.principal.account().is_none() => {
                Err(self.resource_layer)
            }
            Grant::Delegate | Grant::None => {
                self.identity_allows().then_some(()).ok_or(Layer::Identity)?;
                self.within_limits()?;
                Ok(vec![Layer::Identity, Layer::Boundary, Layer::Session])
            }
        }
    }

    /// Both sides must grant, and no way of naming the caller lifts the caller's own limits.
    fn across_accounts(&self) -> Result<Vec<Layer>, Layer> {
        if self.resource.grant == Grant::None {
            return Err(self.resource_layer);
        }
        if !self.identity_allows() {
            // Field reports: a resource that merely trusts the account is what AWS names then.
            let names_account_only =
                self.resource.grant == Grant::Delegate && self.resource_layer == Layer::Resource;
            return Err(if names_account_only { Layer::Resource } else { Layer::Identity });
        }
        self.within_limits()?;
        Ok(vec![self.resource_layer, Layer::Identity, Layer::Boundary, Layer::Session])
    }

    fn identity_allows(&self) -> bool {
        is_root(self.request.principal) || self.identity.allows()
    }

    /// The caller's boundary and session policies contain an allow, where there are any. A federated user without a
    /// session policy has nothing that allows it (AWS: "Permissions for GetFederationToken").
    fn within_limits(&self) -> Result<(), Layer> {
        if self.boundary.as_ref().is_some_and(|boundary| !boundary.allows()) {
            return Err(Layer::Boundary);
        }
        let needs_session = matches!(self.request.principal, Principal::Federated { .. });
        let session_allows = self.session.as_ref().map_or(!needs_session, Outcome::allows);
        session_allows.then_some(()).ok_or(Layer::Session)
    }

    /// The allowing statements of these layers and of the guardrails.
    fn allowing(&self, by: &[Layer]) -> Vec<Deciding> {
        let counts = |layer: Layer| by.contains(&layer) || matches!(layer, Layer::Scp | Layer::Rcp);
        self.outcomes()
            .flat_map(|outcome| &outcome.allows)
            .filter(|deciding| counts(deciding.layer))
            .cloned()
            .collect()
    }
}

/// The root user, or a federated user whose credentials root made: everything in its account is allowed to it.
pub(crate) fn is_root(principal: &Principal) -> bool {
    matches!(principal, Principal::Root { .. } | Principal::Federated { parent: FederatedParent::Root, .. })
}

pub(crate) fn is_owner_root_on_bucket_policy(request: &Request<'_>) -> bool {
    matches!(request.principal, Principal::Root { account, .. } if *account == request.resource_account)
        && BUCKET_POLICY_ACTIONS.iter().any(|action| is_action(request.action, action))
}
