//! Live sessions, before and after: what each loses, gains and keeps.

use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_store::record::SessionRecord;
use portcullis_store::{Key, codec};

use super::question::Question;
use super::stand::{Answer, GONE, Manner, Stand};
use crate::credential::{Opened, Session};
use crate::error::{ApiError, Family};
use crate::port::Facts;
use crate::service::Service;
use crate::sessions::Live;
use crate::snapshot::Snapshot;
use crate::token::from_bytes;

/// A live session, and its credential without the secret. One whose record is from before such things were kept has
/// none: what it may do is not known.
pub struct Known {
    /// As it is listed.
    pub live: Arc<Live>,
    /// What its token says.
    pub opened: Option<Opened>,
}

/// The credential of a session, from its record.
///
/// # Errors
/// 503 when the store fails.
pub async fn opened(service: &Service, key: &Key) -> Result<Option<Opened>, ApiError> {
    let Some(held) = service.engine.read(key).await? else { return Ok(None) };
    let record = codec::from_bytes::<SessionRecord>(&held.value).ok();
    let claims = record.and_then(|record| from_bytes(&record.claims?).ok());
    Ok(claims.map(|claims| {
        let policy = claims.passed.policy.as_deref().map(|text| service.session_policies.document(text));
        Opened::Session(Arc::new(Session { claims, policy }))
    }))
}

impl Known {
    /// What is known of a session.
    ///
    /// # Errors
    /// 503 when the store fails.
    pub async fn of(service: &Service, live: Arc<Live>) -> Result<Self, ApiError> {
        let opened = opened(service, &Key::session(&live.access_key_id)).await?;
        Ok(Self { live, opened })
    }

    /// How its requests come, as far as is known: as its last one did, or as it was asked for.
    fn facts(&self, base: &Facts) -> Facts {
        let used = self.live.last_used().map(|used| used.source_ip);
        Facts {
            request_id: String::new(),
            source_ip: used.or_else(|| self.live.source_ip.parse().ok()).unwrap_or(base.source_ip),
            user_agent: Some(self.live.user_agent.to_string()).filter(|agent| !agent.is_empty()),
            referer: None,
            headers: Vec::new(),
            min_revision: None,
            ..base.clone()
        }
    }
}

/// One answer that turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The action; `*` for everything.
    pub action: String,
    /// The resource; `*` for everything.
    pub resource: String,
    /// As it is decided now.
    pub before: Answer,
    /// As it would be.
    pub after: Answer,
}

/// What becomes of a session.
pub struct Outcome {
    /// Which one.
    pub live: Arc<Live>,
    /// Whether it is good for nothing afterwards, and was for something before.
    pub ends: bool,
    /// What it may not do afterwards, and may now.
    pub loses: Vec<Turn>,
    /// What it may do afterwards, and may not now.
    pub gains: Vec<Turn>,
    /// How many of the questions it may do now and afterwards.
    pub keeps: usize,
}

impl Outcome {
    /// Whether nothing is otherwise.
    pub fn is_same(&self) -> bool {
        !self.ends && self.loses.is_empty() && self.gains.is_empty()
    }
}

/// Between which snapshots sessions are compared, and when.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The service's tools.
    pub service: &'a Service,
    /// As it is.
    pub before: &'a Snapshot,
    /// As it would be.
    pub after: &'a Snapshot,
    /// Where requests come in.
    pub facts: &'a Facts,
    /// The present time.
    pub now: Timestamp,
}

impl Scene<'_> {
    /// What becomes of a session; none where that is not known.
    pub fn outcome(&self, known: &Known, questions: &[Question]) -> Option<Outcome> {
        let opened = known.opened.as_ref()?;
        let (facts, input) = (known.facts(self.facts), Value::structure());
        let manner = Manner { facts: &facts, input: &input, family: Family::Query, now: self.now };
        let before = Stand::of(self.service, self.before, Some(opened), manner);
        let after = Stand::of(self.service, self.after, Some(opened), manner);
        let (variables, own) = (before.context(), known.live.account);
        let mut outcome = Outcome {
            live: Arc::clone(&known.live),
            ends: before.is_good() && !after.is_good(),
            loses: Vec::new(),
            gains: Vec::new(),
            keeps: 0,
        };
        if outcome.ends {
            outcome.loses.push(all_of(&after, own));
        }
        let asked = |stand: &Stand<'_>| {
            stand.answers(questions.iter().map(|question| stand.need(question, &variables, own)))
        };
        for ((question, was), is) in questions.iter().zip(asked(&before)).zip(asked(&after)) {
            let (Some(was), Some(is)) = (was, is) else { continue };
            let resource = super::question::told(&question.resource, &variables).unwrap_or_default();
            outcome.take(question.action, resource, was, is);
        }
        Some(outcome)
    }
}

/// Everything is lost: in the words that any request would get.
fn all_of(after: &Stand<'_>, own: AccountId) -> Turn {
    let need = crate::action::Need::anywhere("sts:GetCallerIdentity", own);
    let answer = after.answers(std::iter::once(Some(need))).into_iter().flatten().next();
    Turn {
        action: "*".to_owned(),
        resource: "*".to_owned(),
        before: Answer { word: "Valid", because: None },
        after: answer.unwrap_or(Answer { word: GONE, because: None }),
    }
}

impl Outcome {
    /// Takes over how one question is answered before and after.
    pub fn take(&mut self, action: &str, resource: String, before: Answer, after: Answer) {
        let list = match (before.is_allow(), after.is_allow()) {
            (true, true) => {
                self.keeps += 1;
                return;
            }
            (false, false) => return,
            (true, false) => &mut self.loses,
            (false, true) => &mut self.gains,
        };
        let is_told = list.iter().any(|turn| turn.action == action && turn.resource == resource);
        if !is_told {
            list.push(Turn { action: action.to_owned(), resource, before, after });
        }
    }
}
