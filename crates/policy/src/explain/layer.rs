//! What each kind of policy said, and the answer in words.

use crate::decide::{Case, Guardrail, Outcome, is_root};
use crate::layers::{Decision, Layer, Layers, Principal, Request, ResourceLayer, Verdict};
use crate::principal_match::Grant;

/// What a layer says about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// A statement denies.
    Deny,
    /// A statement allows, and none denies.
    Allow,
    /// Nothing applies.
    Silent,
    /// The layer has no say here.
    NotAsked,
}

/// A layer, or one level of it, with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerReport {
    /// The layer.
    pub layer: Layer,
    /// The level of the organization, root first, from zero; absent for layers without levels.
    pub level: Option<usize>,
    /// What it says.
    pub says: Saying,
    /// How many statements deny.
    pub denies: usize,
    /// How many statements allow.
    pub allows: usize,
    /// What that means here.
    pub note: &'static str,
}

fn saying(outcome: &Outcome) -> Saying {
    if !outcome.denies.is_empty() {
        Saying::Deny
    } else if outcome.allows() {
        Saying::Allow
    } else {
        Saying::Silent
    }
}

fn report(layer: Layer, level: Option<usize>, outcome: &Outcome, silent: &'static str) -> LayerReport {
    let says = saying(outcome);
    let note = match says {
        Saying::Deny => "an explicit deny anywhere wins",
        Saying::Silent | Saying::NotAsked => silent,
        Saying::Allow => match (layer, outcome.grant) {
            (Layer::Resource | Layer::Trust, Grant::Delegate) => "names the caller's account only",
            (Layer::Resource | Layer::Trust, Grant::ViaParent) => "names the role or user behind the session",
            (Layer::Resource | Layer::Trust, _) => "names the caller or everybody",
            (Layer::Identity, _) => "grants",
            _ => "limits, and lets this pass; it grants nothing by itself",
        },
    };
    LayerReport { layer, level, says, denies: outcome.denies.len(), allows: outcome.allows.len(), note }
}

fn not_asked(layer: Layer, note: &'static str) -> LayerReport {
    LayerReport { layer, level: None, says: Saying::NotAsked, denies: 0, allows: 0, note }
}

/// Every layer, in the order in which they are told.
pub(super) fn reports(request: &Request<'_>, layers: &Layers<'_>, case: &Case<'_>) -> Vec<LayerReport> {
    let caller = request.principal;
    let has_account = caller.account().is_some();
    let mut reports = vec![report(Layer::Revocation, None, &case.revocations, "nothing is revoked")];
    let no_account = "the caller belongs to no account";
    let scps_unasked = if has_account { "none apply to the caller's account" } else { no_account };
    reports.extend(guardrail(Layer::Scp, case.scps.as_ref(), scps_unasked));
    reports.extend(guardrail(Layer::Rcp, case.rcps.as_ref(), "none apply to the resource's account"));
    reports.push(if is_root(caller) {
        not_asked(Layer::Identity, "the root user has everything in its account by itself")
    } else if has_account {
        report(Layer::Identity, None, &case.identity, "nothing in them allows this")
    } else {
        not_asked(Layer::Identity, no_account)
    });
    reports.push(match &case.boundary {
        Some(outcome) => report(Layer::Boundary, None, outcome, "it limits, and does not let this pass"),
        None if layers.boundary.is_some() => not_asked(Layer::Boundary, "it does not limit this caller"),
        None => not_asked(Layer::Boundary, "none is attached"),
    });
    reports.push(match &case.session {
        Some(outcome) => report(Layer::Session, None, outcome, "they limit, and do not let this pass"),
        None if matches!(caller, Principal::Federated { .. }) => {
            not_asked(Layer::Session, "none was passed, and a federated user without one has no permissions")
        }
        None => not_asked(Layer::Session, "none was passed"),
    });
    reports.push(match layers.resource {
        ResourceLayer::None => not_asked(Layer::Resource, "the resource has none"),
        ResourceLayer::TrustMissing => {
            not_asked(Layer::Trust, "there is none, and without it nobody gets in")
        }
        ResourceLayer::Policy(_) => report(Layer::Resource, None, &case.resource, "it grants nothing here"),
        ResourceLayer::Trust(_) => {
            report(Layer::Trust, None, &case.resource, "without its consent nobody gets in")
        }
    });
    reports
}

fn guardrail(layer: Layer, guardrail: Option<&Guardrail>, unasked: &'static str) -> Vec<LayerReport> {
    match guardrail {
        None => vec![not_asked(layer, unasked)],
        Some(guardrail) if guardrail.levels.is_empty() => {
            let none = Outcome::default();
            vec![report(layer, None, &none, "no level has a policy, so nothing is allowed")]
        }
        Some(guardrail) => {
            let level = |(level, outcome)| {
                report(layer, Some(level), outcome, "every level must allow, and this one does not")
            };
            guardrail.levels.iter().enumerate().map(level).collect()
        }
    }
}

/// The answer in a sentence or two.
pub(super) fn why(request: &Request<'_>, case: &Case<'_>, decision: &Decision) -> String {
    let denies = decision.deciding.len();
    match decision.verdict {
        Verdict::Forbidden(text) => {
            format!("{text}. These credentials may never make this call, whatever policies say.")
        }
        Verdict::ExplicitDeny(layer) => {
            let statements = if denies == 1 { "a statement denies" } else { "statements deny" };
            format!("In the {}, {statements} this explicitly, and that beats every allow.", layer.title())
        }
        Verdict::ImplicitDeny(layer) => format!(
            "Nothing denies this, but the {} must allow it and {} silent{}.",
            layer.title(),
            if matches!(layer, Layer::Boundary | Layer::Resource | Layer::Trust) { "is" } else { "are" },
            if case.is_same_account() { "" } else { " (across accounts both sides must allow)" },
        ),
        Verdict::Allow
            if denies == 0 && request.principal.account().is_some() && is_root(request.principal) =>
        {
            "The root user may do everything in its account, and nothing denies this.".to_owned()
        }
        Verdict::Allow if denies == 0 => "This call needs no permission, and nothing denies it.".to_owned(),
        Verdict::Allow => {
            let mut layers: Vec<&str> =
                decision.deciding.iter().map(|deciding| deciding.layer.title()).collect();
            layers.dedup();
            format!("Nothing denies this, and what must allow it does: {}.", layers.join(", "))
        }
    }
}
