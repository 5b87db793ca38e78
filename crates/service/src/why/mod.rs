//! Why something is allowed or denied, from the live state: the decision of the engine that decides requests, with the
//! statements behind it in full, told by the engine that tells.
//!
//! Both engines are asked and must agree. Whoever asks reads what lies in their own account; of policies of others,
//! such as a stranger's bucket policy or an organization's guardrails, they learn the kind, as every refusal tells it.

mod policies;
pub mod whom;

use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_policy::serving::{self, View};
use portcullis_policy::{Context, Deciding, Decision, Effect, Layer, Request, Verdict, explain};

use crate::action::{Guarding, Need};
use crate::caller::Caller;
use crate::context::{self, RequestTags};
use crate::error::ApiError;
use crate::gate::Question;
use crate::gather::Gathered;
use crate::port::Facts;
use crate::preview::Answer;
use crate::revocation;
use crate::snapshot::Snapshot;

pub use policies::Policies;

/// What is asked, by whom, and whose eyes read the answer.
pub struct Asked<'a> {
    /// As things are.
    pub snapshot: &'a Snapshot,
    /// Who would make the request.
    pub caller: &'a Caller,
    /// Where it would come from.
    pub facts: &'a Facts,
    /// The input of the request, as far as its tags go.
    pub input: &'a Value,
    /// Further condition keys; they take the place of those that follow from the caller and the facts.
    pub keys: &'a [(String, String)],
    /// The present time.
    pub now: Timestamp,
    /// The account of whoever asks; none for the deployment's own, which reads everything.
    pub limit: Option<AccountId>,
}

/// An answer with its reasons.
pub struct Told {
    /// The decision.
    pub decision: Decision,
    /// The answer in words.
    pub answer: Answer,
    /// The statements that decided, as far as they may be read.
    pub statements: Value,
    /// The whole explanation for people, where all of it may be read.
    pub explanation: Option<String>,
}

impl Asked<'_> {
    /// The condition keys of a need.
    fn context(&self, need: &Need, gathered: &Gathered<'_>) -> Context {
        let tags = RequestTags::of(self.input);
        let mut view = context::of_request(self.caller, self.facts, self.now);
        tags.add_to(&mut view);
        context::of_need(&mut view, need);
        let owner = (need.resource != "*").then(|| gathered.place_of(need.real_account())).flatten();
        context::of_places(&mut view, gathered.place(), owner);
        let mut context = view.to_context();
        for (name, value) in self.keys {
            context.set_one(name, value.as_str());
        }
        context
    }

    /// Decides a need and says why.
    ///
    /// # Errors
    /// `PolicyEvaluation` when the two engines do not agree.
    pub fn told(&self, need: &Need) -> Result<Told, ApiError> {
        let told = self.decided(need)?;
        let is_foreign = self.limit.is_some_and(|own| own != need.real_account());
        if is_foreign && !told.decision.is_allowed() {
            // In the words that a resource which is not there would get: whether it is must not show.
            return self.decided(&need.clone().as_if_absent());
        }
        Ok(told)
    }

    fn decided(&self, need: &Need) -> Result<Told, ApiError> {
        let question = Question { action: need.action, resource: &need.resource, account: need.account };
        if let Some(decision) = revocation::judge(self.snapshot, self.caller, &question) {
            return Ok(self.without_policies(need, decision));
        }
        // What belongs to a closed account is out of everybody's reach.
        if self.snapshot.accounts.get(need.real_account()).is_some_and(|account| account.is_closed) {
            let verdict = Verdict::ImplicitDeny(Layer::Resource);
            return Ok(self.without_policies(need, Decision { verdict, deciding: Vec::new() }));
        }
        let gathered = Gathered::of(self.caller, self.snapshot);
        let context = self.context(need, &gathered);
        let asked = serving::Request {
            action: need.action,
            resource: &need.resource,
            resource_account: need.account,
            principal: &self.caller.principal,
            view: &View::of(&context),
        };
        let served = gathered.with_layers(need, |layers| serving::decide(&asked, layers).to_owned());
        let request = Request {
            action: need.action,
            resource: &need.resource,
            resource_account: need.account,
            principal: &self.caller.principal,
            context: &context,
        };
        let policies = Policies::of(self.snapshot, self.caller, need);
        let explained = policies.with_layers(|layers| explain(&request, layers));
        if explained.decision.verdict != served.verdict {
            let (verdict, told) = (served.verdict, explained.decision.verdict);
            tracing::error!(?verdict, ?told, need.action, need.resource, "the two engines disagree");
            return Err(ApiError::policy_evaluation("The policies could not be evaluated."));
        }
        let decision = explained.decision.clone();
        let statements = decision.deciding.iter().map(|deciding| {
            let text = policies.text(deciding).filter(|_| self.reads(deciding.layer, need));
            self.shown(deciding, text, need)
        });
        let is_readable = self.limit.is_none()
            || (!policies.has_guardrails() && self.reads(Layer::Identity, need) && self.reads_resource(need));
        Ok(Told {
            answer: Answer::of(&decision, need.action),
            statements: statements.collect(),
            explanation: is_readable.then(|| explained.to_text()),
            decision,
        })
    }

    fn without_policies(&self, need: &Need, decision: Decision) -> Told {
        let statements = decision.deciding.iter().map(|deciding| self.shown(deciding, None, need)).collect();
        Told { answer: Answer::of(&decision, need.action), statements, explanation: None, decision }
    }

    fn reads_resource(&self, need: &Need) -> bool {
        matches!(need.guarding, Guarding::Nothing | Guarding::NoTrust)
            || self.limit.is_none_or(|own| own == need.real_account())
    }

    /// Whether whoever asks reads policies of this kind.
    pub fn reads(&self, layer: Layer, need: &Need) -> bool {
        let Some(own) = self.limit else { return true };
        match layer {
            Layer::Identity | Layer::Boundary | Layer::Session | Layer::Revocation => {
                self.caller.account == Some(own)
            }
            Layer::Resource | Layer::Trust => need.real_account() == own,
            Layer::Scp | Layer::Rcp => false,
        }
    }

    /// The text that a statement has now, if it is still there and may be read.
    pub fn text(&self, deciding: &Deciding, need: &Need) -> Option<String> {
        if !self.reads(deciding.layer, need) {
            return None;
        }
        Policies::of(self.snapshot, self.caller, need).text(deciding)
    }

    /// A statement that decided: of one that may not be read, its kind and its effect.
    pub fn shown(&self, deciding: &Deciding, text: Option<String>, need: &Need) -> Value {
        let shown = Value::structure()
            .with("Layer", deciding.layer.name())
            .with("Effect", if deciding.effect == Effect::Deny { "Deny" } else { "Allow" });
        if !self.reads(deciding.layer, need) {
            return shown;
        }
        shown
            .with("Policy", deciding.policy.as_str())
            .with_some("Sid", deciding.statement.as_deref())
            .with_some("Text", text)
    }
}

#[cfg(test)]
mod tests;
