//! One action on one resource.

use portcullis_base::{AccountId, Arn};
use portcullis_policy::serving::{self, Source, View};
use portcullis_policy::{Document, Layer, Layers, PolicyRef, Request, ResourceLayer, Verdict, decide};

use super::Simulation;
use super::policies::Policy;
use crate::error::ApiError;

/// `PolicyEvaluationDecisionType`, the least restrictive first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It may.
    Allowed,
    /// Nothing says that it may.
    ImplicitDeny,
    /// Something says that it may not.
    ExplicitDeny,
}

impl Answer {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Allow => Self::Allowed,
            Verdict::ExplicitDeny(_) => Self::ExplicitDeny,
            Verdict::ImplicitDeny(_) | Verdict::Forbidden(_) => Self::ImplicitDeny,
        }
    }

    /// AWS's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicitDeny",
            Self::ExplicitDeny => "explicitDeny",
        }
    }
}

/// What one kind of policy says, as `EvalDecisionDetails` names it.
pub type Detail = (&'static str, Answer);

/// A statement: its layer, the place of the policy in the layer, and its own in the policy.
pub type Matched = (Layer, usize, usize);

/// The answer with its reasons.
pub struct Judged {
    /// The answer.
    pub answer: Answer,
    /// The statements that made it, of identity policies and the resource's policy.
    pub statements: Vec<Matched>,
    /// Whether the boundary allows it, if there is one.
    pub boundary: Option<bool>,
    /// Whether the service control policies allow it, if there are any.
    pub organization: Option<bool>,
    /// For a simulation across accounts, what each kind of policy says.
    pub details: Option<Vec<Detail>>,
}

fn source<'p>(policy: &'p Policy<'_>) -> Source<'p> {
    Source::One(&policy.id, &policy.compiled)
}

fn plain<'p>(policy: &'p Policy<'_>) -> PolicyRef<'p> {
    PolicyRef { name: &policy.id, document: policy.outline.document() }
}

impl Simulation<'_> {
    /// Decides.
    ///
    /// # Errors
    /// `PolicyEvaluation` when the two engines do not agree.
    pub fn judge(&self, action: &str, resource: &str) -> Result<Judged, ApiError> {
        let request = Request {
            action,
            resource,
            resource_account: self.owner_of(resource),
            principal: &self.caller.principal,
            context: &self.context,
        };
        let verdict = self.served(&request);
        let (told, statements) = self.told(&request);
        if verdict != told {
            tracing::error!(?verdict, ?told, action, resource, "the two engines disagree");
            return Err(ApiError::policy_evaluation("The policies could not be evaluated."));
        }
        let organization = self.policies.scps.as_ref().map(|_| self.organization_allows(&request));
        let is_across = request.resource_account != self.caller.account;
        Ok(Judged {
            answer: Answer::of(verdict),
            statements,
            boundary: self
                .policies
                .boundary
                .as_ref()
                .map(|policy| says(&request, &[plain(policy)]) == Answer::Allowed),
            details: (is_across && organization != Some(false)).then(|| self.details(&request)),
            organization,
        })
    }

    /// Whose the resource is. Where nothing is said of the resource's side, only the caller's side is simulated.
    fn owner_of(&self, resource: &str) -> AccountId {
        if self.policies.resource.is_none() && self.owner.is_none() {
            return self.caller.account;
        }
        let named = resource.parse::<Arn>().ok().and_then(|arn| arn.account_id());
        named.or(self.owner).unwrap_or(self.caller.account)
    }

    /// The verdict of the engine that decides requests.
    fn served(&self, request: &Request<'_>) -> Verdict {
        let view = View::of(&self.context);
        let identity: Vec<Source<'_>> = self.policies.identity.iter().map(source).collect();
        let levels: Option<Vec<Vec<Source<'_>>>> = self
            .policies
            .scps
            .as_ref()
            .map(|levels| levels.iter().map(|level| level.iter().map(source).collect()).collect());
        let levels: Option<Vec<&[Source<'_>]>> =
            levels.as_ref().map(|levels| levels.iter().map(Vec::as_slice).collect());
        let resource = self.policies.resource.as_ref();
        let asked = serving::Request {
            action: request.action,
            resource: request.resource,
            resource_account: request.resource_account,
            principal: request.principal,
            view: &view,
        };
        let layers = serving::Layers {
            identity: &identity,
            boundary: self.policies.boundary.as_ref().map(source),
            resource: resource.map_or(serving::ResourceLayer::None, |policy| {
                serving::ResourceLayer::Policy(source(policy))
            }),
            scps: levels.as_deref(),
            ..serving::Layers::default()
        };
        serving::decide(&asked, &layers).verdict
    }

    /// The verdict of the engine that tells, with the statements that made it.
    fn told(&self, request: &Request<'_>) -> (Verdict, Vec<Matched>) {
        // By place, since two policies may bear one name.
        let places: Vec<String> = (0..self.policies.identity.len()).map(|place| place.to_string()).collect();
        let identity: Vec<PolicyRef<'_>> = places
            .iter()
            .zip(&self.policies.identity)
            .map(|(place, policy)| PolicyRef { name: place, document: policy.outline.document() })
            .collect();
        let scps = self.guardrails();
        let layers = Layers {
            identity: &identity,
            boundary: self.policies.boundary.as_ref().map(plain),
            resource: self.resource_layer(),
            scps: scps.as_deref(),
            ..Layers::default()
        };
        let decision = decide(request, &layers);
        let told = decision.deciding.iter().filter_map(|deciding| match deciding.layer {
            Layer::Identity => Some((Layer::Identity, deciding.policy.parse().ok()?, deciding.index)),
            Layer::Resource => Some((Layer::Resource, 0, deciding.index)),
            _ => None,
        });
        (decision.verdict, told.collect())
    }

    fn resource_layer(&self) -> ResourceLayer<'_> {
        self.policies
            .resource
            .as_ref()
            .map_or(ResourceLayer::None, |policy| ResourceLayer::Policy(plain(policy)))
    }

    fn guardrails(&self) -> Option<Vec<Vec<PolicyRef<'_>>>> {
        let levels = self.policies.scps.as_ref()?;
        Some(levels.iter().map(|level| level.iter().map(plain).collect()).collect())
    }

    fn organization_allows(&self, request: &Request<'_>) -> bool {
        let (everything, scps) = (Document::full_access(), self.guardrails());
        let identity = [PolicyRef { name: "", document: &everything }];
        let layers = Layers { identity: &identity, scps: scps.as_deref(), ..Layers::default() };
        decide(&at_home(request), &layers).is_allowed()
    }

    /// What each kind of policy says by itself.
    fn details(&self, request: &Request<'_>) -> Vec<Detail> {
        let identity: Vec<PolicyRef<'_>> = self.policies.identity.iter().map(plain).collect();
        let everything = Document::full_access();
        let own = [PolicyRef { name: "", document: &everything }];
        let layers = Layers { identity: &own, resource: self.resource_layer(), ..Layers::default() };
        let mut details = vec![
            ("IAM Policy", says(request, &identity)),
            ("Resource Policy", Answer::of(decide(request, &layers).verdict)),
        ];
        if let Some(boundary) = &self.policies.boundary {
            details.push(("Permissions Boundary Policy", says(request, &[plain(boundary)])));
        }
        details
    }
}

/// What policies say by themselves.
fn says(request: &Request<'_>, policies: &[PolicyRef<'_>]) -> Answer {
    Answer::of(decide(&at_home(request), &Layers { identity: policies, ..Layers::default() }).verdict)
}

/// The same request on a resource of the caller's account, where identity policies alone can grant.
fn at_home<'r>(request: &Request<'r>) -> Request<'r> {
    Request { resource_account: request.principal.account().unwrap_or(request.resource_account), ..*request }
}
