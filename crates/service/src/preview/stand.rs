//! One credential before one snapshot: how its requests are decided there, by the engine that decides requests.

use portcullis_base::{AccountId, Arn, Timestamp, Value};
use portcullis_policy::{Context, Decision, Layer, Verdict};

use super::question::{Question, told};
use crate::action::{Ask, Guarding, Loaded, Need};
use crate::caller::Caller;
use crate::context;
use crate::credential::Opened;
use crate::error::Family;
use crate::gate::Hearing;
use crate::port::Facts;
use crate::service::Service;
use crate::snapshot::Snapshot;

/// Actions of which a role's trust policy is asked.
const OF_TRUST: [&str; 3] = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];
/// What every credential may do that is not cut off.
const OF_ANYBODY: &str = "sts:GetCallerIdentity";
/// The answer where there is nobody any more whom it could be given to.
pub const GONE: &str = "CredentialInvalid";

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `Allow`, `ExplicitDeny`, `ImplicitDeny`, or [`GONE`].
    pub word: &'static str,
    /// Why not.
    pub because: Option<String>,
}

impl Answer {
    /// The answer of a decision.
    pub fn of(decision: &Decision, action: &str) -> Self {
        let word = match decision.verdict {
            Verdict::Allow => "Allow",
            Verdict::ExplicitDeny(_) => "ExplicitDeny",
            Verdict::ImplicitDeny(_) | Verdict::Forbidden(_) => "ImplicitDeny",
        };
        let because = match decision.verdict {
            Verdict::Allow => None,
            Verdict::Forbidden(text) => Some(text.to_owned()),
            _ => Some(decision.reason(action).trim_start().to_owned()),
        };
        Self { word, because }
    }

    fn gone() -> Self {
        Self {
            word: GONE,
            because: Some("the key, the session or whose it is does not exist any more".to_owned()),
        }
    }

    /// Whether the request may proceed.
    pub fn is_allow(&self) -> bool {
        self.word == "Allow"
    }
}

/// Everything that a request brings beside its credential and what it asks for.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// Where it comes from.
    pub facts: &'a Facts,
    /// Its input, as far as its tags go.
    pub input: &'a Value,
    /// How its service spells errors.
    pub family: Family,
    /// When.
    pub now: Timestamp,
}

/// A credential before a snapshot.
pub struct Stand<'a> {
    service: &'a Service,
    snapshot: &'a Snapshot,
    manner: Manner<'a>,
    /// Nobody, if the credential is good for nothing there.
    caller: Option<Caller>,
}

impl<'a> Stand<'a> {
    /// The credential, or that there is none, as the snapshot has it.
    pub fn of(
        service: &'a Service,
        snapshot: &'a Snapshot,
        opened: Option<&Opened>,
        manner: Manner<'a>,
    ) -> Self {
        let caller = match opened {
            Some(opened) => Caller::of(opened, snapshot, manner.now, manner.family).ok(),
            None => Some(Caller::anonymous()),
        };
        Self { service, snapshot, manner, caller }
    }

    /// Whether the credential is good for anything at all.
    pub fn is_good(&self) -> bool {
        let Some(account) = self.caller.as_ref().and_then(|caller| caller.account) else { return false };
        let decision = self.with(|hearing| hearing.judge(&Need::anywhere(OF_ANYBODY, account)));
        decision.is_some_and(|decision| decision.verdict != Verdict::ExplicitDeny(Layer::Revocation))
    }

    /// The keys that say who asks, and from where.
    pub fn context(&self) -> Context {
        let caller = self.caller.as_ref();
        caller
            .map(|caller| context::of_request(caller, self.manner.facts, self.manner.now).to_context())
            .unwrap_or_default()
    }

    /// Asks about one need after the other.
    pub fn answers(&self, needs: impl Iterator<Item = Option<Need>>) -> Vec<Option<Answer>> {
        let needs: Vec<Option<Need>> = needs.collect();
        let answered = self.with(|hearing| {
            let answer = |need: &Need| Answer::of(&hearing.judge(need), need.action);
            needs.iter().map(|need| need.as_ref().map(answer)).collect()
        });
        answered.unwrap_or_else(|| needs.iter().map(|need| need.as_ref().map(|_| Answer::gone())).collect())
    }

    fn with<T>(&self, ask: impl FnOnce(&Hearing<'_>) -> T) -> Option<T> {
        let (caller, loaded) = (self.caller.as_ref()?, Loaded::default());
        let asked = Ask {
            service: self.service,
            snapshot: self.snapshot,
            caller,
            input: self.manner.input,
            facts: self.manner.facts,
            claim: None,
            now: self.manner.now,
            family: self.manner.family,
            loaded: &loaded,
        };
        Some(ask(&Hearing::of(&asked)))
    }

    /// A question as this snapshot has the resource, with the variables of whoever asks filled in; none where they have
    /// no value.
    pub fn need(&self, question: &Question, variables: &Context, own: AccountId) -> Option<Need> {
        let resource = told(&question.resource, variables)?;
        let mut need = self.guarded(question.action, resource, own);
        for (name, value) in &question.keys {
            need = need.key(name.as_str(), value.as_str());
        }
        Some(need)
    }

    /// An action on a resource, with the policy that the resource has here.
    pub fn guarded(&self, action: &'static str, resource: String, own: AccountId) -> Need {
        guarded(self.snapshot, action, resource, own)
    }
}

/// An action on a resource, with the policy that the resource has; `own` is whose it is if it does not say.
pub fn guarded(snapshot: &Snapshot, action: &'static str, resource: String, own: AccountId) -> Need {
    if let Some(rest) = resource.strip_prefix("arn:aws:s3:::") {
        let bucket = snapshot.bucket(rest.split('/').next().unwrap_or(rest));
        return match bucket {
            Some(bucket) => {
                let account = bucket.record.account;
                let need =
                    Need::new(action, resource, account).key("s3:ResourceAccount", account.to_string());
                need.guarded(Guarding::Bucket(std::sync::Arc::clone(bucket)))
            }
            None => Need::new(action, resource, own),
        };
    }
    let account = resource.parse::<Arn>().ok().and_then(|arn| arn.account_id()).unwrap_or(own);
    if OF_TRUST.contains(&action) {
        let guarding = snapshot
            .role_by_arn(&resource)
            .map_or(Guarding::NoTrust, |role| Guarding::Trust(std::sync::Arc::clone(role)));
        return Need::new(action, resource, account).guarded(guarding);
    }
    Need::new(action, resource, account)
}
