//! The single door: no handler runs without what only this file can make.
//!
//! ```text
//! needs of the row -> context -> layers -> decide -> Authorized | a denial that says which layer
//! ```

use portcullis_base::AccountId;
use portcullis_policy::serving::{Request, decide};
use portcullis_policy::{Decision, Layer, Verdict};

use crate::action::{Ask, Guarding, Need};
use crate::caller::{Caller, VouchedBy};
use crate::context::{self, RequestTags};
use crate::error::{ApiError, Family};
use crate::gather::Gathered;
use crate::revocation;
use crate::snapshot::guardrail::Place;

/// Proof that every permission the request needs was allowed on this snapshot.
pub struct Authorized<'a> {
    ask: Ask<'a>,
    _only_the_gate: (),
}

/// The same proof without the borrow, for requests that wait.
pub struct Granted {
    _only_the_gate: (),
}

impl Authorized<'_> {
    /// The proof alone.
    pub fn granted(&self) -> Granted {
        Granted { _only_the_gate: () }
    }
}

impl<'a> std::ops::Deref for Authorized<'a> {
    type Target = Ask<'a>;

    fn deref(&self) -> &Ask<'a> {
        &self.ask
    }
}

/// A decision on one need, for the audit event.
pub struct Judged {
    /// The action judged.
    pub action: &'static str,
    /// The resource judged.
    pub resource: String,
    /// Whose resource that is.
    pub account: AccountId,
    /// Whether the resource's own policy had a say.
    pub is_guarded: bool,
    /// The decision.
    pub decision: Decision,
}

impl Judged {
    /// The decision on this need.
    pub fn of(need: &Need, decision: Decision) -> Self {
        let is_guarded = !matches!(need.guarding, Guarding::Nothing | Guarding::NoTrust);
        Self {
            action: need.action,
            resource: need.resource.clone(),
            account: need.real_account(),
            is_guarded,
            decision,
        }
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// `service:Action`.
    pub action: &'a str,
    /// The ARN, or `*`.
    pub resource: &'a str,
    /// Whose resource that is.
    pub account: AccountId,
}

/// A refusal with its reason.
pub struct Refused {
    /// What the client gets.
    pub error: ApiError,
    /// What the event records, if it came to a decision.
    pub judged: Option<Judged>,
}

/// One caller before one snapshot, whatever needs are asked: its policies, and what the request says of tags, are
/// gathered once.
pub struct Hearing<'a> {
    ask: Ask<'a>,
    gathered: Gathered<'a>,
    tags: RequestTags,
    /// Whether a revocation is about the caller or its chain: if none is, none is asked.
    is_concerned: bool,
}

impl<'a> Hearing<'a> {
    /// Gathers what the needs have in common.
    pub fn of(ask: &Ask<'a>) -> Self {
        let tags = if ask.family == Family::S3 { RequestTags::default() } else { RequestTags::of(ask.input) };
        let is_concerned = revocation::concerns(ask.snapshot, ask.caller);
        #[cfg(feature = "planted-bugs")]
        let is_concerned =
            ask.service.planted.concerns(ask.caller.access_key_id.as_ref(), is_concerned, ask.now);
        Self { ask: *ask, gathered: Gathered::of(ask.caller, ask.snapshot), tags, is_concerned }
    }

    /// The place of whose the resource is, where the resource is anybody's.
    fn resource_place(&self, need: &Need) -> Option<&'a Place> {
        if need.resource == "*" { None } else { self.gathered.place_of(need.real_account()) }
    }

    /// The denial of a caller who is cut off: of everything, what needs no permission included.
    fn revoked(&self, action: &str, resource: &str, account: AccountId) -> Option<Decision> {
        if !self.is_concerned {
            return None;
        }
        revocation::judge(self.ask.snapshot, self.ask.caller, &Question { action, resource, account })
    }

    /// Decides one need.
    pub fn judge(&self, need: &Need) -> Decision {
        if let Some(denial) = self.revoked(need.action, &need.resource, need.account) {
            return denial;
        }
        // What belongs to a closed account is out of everybody's reach.
        if self.ask.snapshot.accounts.get(need.real_account()).is_some_and(|account| account.is_closed) {
            return Decision { verdict: Verdict::ImplicitDeny(Layer::Resource), deciding: Vec::new() };
        }
        self.gathered.with_layers(need, |layers| {
            layers.warm();
            let mut view = context::of_request(self.ask.caller, self.ask.facts, self.ask.now);
            self.tags.add_to(&mut view);
            context::of_need(&mut view, need);
            context::of_places(&mut view, self.gathered.place(), self.resource_place(need));
            let request = Request {
                action: need.action,
                resource: &need.resource,
                resource_account: need.account,
                principal: &self.ask.caller.principal,
                view: &view,
            };
            decide(&request, layers).to_owned()
        })
    }
}

/// Decides a single need.
pub fn judge(ask: &Ask<'_>, need: &Need) -> Decision {
    Hearing::of(ask).judge(need)
}

/// Opens the door if every need is allowed.
///
/// # Errors
/// [`Refused`] with the first need that is not.
pub fn authorize<'a>(ask: Ask<'a>, needs: &[Need]) -> Result<(Authorized<'a>, Vec<Judged>), Box<Refused>> {
    let hearing = Hearing::of(&ask);
    let mut judged = Vec::with_capacity(needs.len());
    for need in needs {
        let decision = hearing.judge(need);
        let verdict = Judged::of(need, decision);
        if !verdict.decision.is_allowed() {
            let error = if need.quiet {
                // In the words that a resource which is not there would get: whether it is must not show.
                let absent = need.clone().as_if_absent();
                denial(ask.caller, ask.family, &absent, &hearing.judge(&absent))
            } else {
                denial(ask.caller, ask.family, need, &verdict.decision)
            };
            return Err(Box::new(Refused { error, judged: Some(verdict) }));
        }
        judged.push(verdict);
    }
    // INVARIANT: reached only when every need was allowed. A row without a need would open the door to everybody.
    if needs.is_empty() {
        let error = ApiError::internal("an action asked for no permission");
        let decision = Decision { verdict: Verdict::Forbidden("no permission asked"), deciding: Vec::new() };
        return Err(Box::new(Refused {
            error,
            judged: Some(Judged {
                action: "",
                resource: String::new(),
                account: ask.account(),
                is_guarded: false,
                decision,
            }),
        }));
    }
    Ok((Authorized { ask, _only_the_gate: () }, judged))
}

/// Opens the door to an action that asks for each of its items ([`crate::action::Permission::EachItem`]). It alone
/// permits nothing: its handler may touch no item that [`crate::flow::Flow::permit`] has not granted.
///
/// # Errors
/// [`Refused`] when the caller is cut off, before it learns anything of any item.
pub fn item_by_item<'a>(ask: Ask<'a>, actions: &[&'static str]) -> Result<Authorized<'a>, Box<Refused>> {
    let need = Need::anywhere(actions.first().copied().unwrap_or_default(), ask.account());
    match Hearing::of(&ask).revoked(need.action, &need.resource, need.account) {
        None => Ok(Authorized { ask, _only_the_gate: () }),
        Some(decision) => Err(Box::new(Refused {
            error: denial(ask.caller, ask.family, &need, &decision),
            judged: Some(Judged::of(&need, decision)),
        })),
    }
}

/// AWS's access-denied wording (IAM User Guide, "Troubleshoot access denied error messages").
pub fn denial(caller: &Caller, family: Family, need: &Need, decision: &Decision) -> ApiError {
    if let Verdict::Forbidden(text) = decision.verdict {
        return ApiError::access_denied(family, text);
    }
    // Whoever has no access key is nobody whom a message could name.
    if let Some(vouched) = &caller.vouched {
        // AWS names the call, whichever of its permissions was missing.
        let asked = if vouched.by == VouchedBy::Saml { "sts:AssumeRoleWithSAML" } else { need.action };
        return ApiError::access_denied(family, format!("Not authorized to perform {asked}"));
    }
    let is_stranger = caller.account != Some(need.account);
    if family == Family::S3 && is_stranger {
        return ApiError::access_denied(family, "Access Denied");
    }
    let quote = if family == Family::S3 { "\"" } else { "" };
    let reason =
        if need.quiet && !is_callers_own(decision) { String::new() } else { decision.reason(need.action) };
    let resource = need.told.as_ref().unwrap_or(&need.resource);
    ApiError::access_denied(
        family,
        format!(
            "User: {} is not authorized to perform: {} on resource: {quote}{resource}{quote}{reason}",
            caller.arn, need.action
        ),
    )
}

/// Whether a refusal tells nothing but what stands in the caller's own policies: then even a quiet one may say so.
fn is_callers_own(decision: &Decision) -> bool {
    matches!(
        decision.verdict,
        Verdict::ExplicitDeny(
            Layer::Identity | Layer::Boundary | Layer::Session | Layer::Scp | Layer::Revocation
        )
    )
}

#[cfg(test)]
mod tests;
