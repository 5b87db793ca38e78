//! A change that is not made: what would be otherwise if it were.
//!
//! A change is whatever an action drafts. It is applied to the snapshot as a commit would be, and the snapshot that
//! comes of it is published to nobody: it is there to be asked. Then the same questions are asked of both, by the
//! engine that decides requests:
//!
//! ```text
//! draft -> difference (statements that come and go, whose requests read them)
//!       -> questions   of every live session that is concerned: what it loses, gains, keeps
//!       -> requests    that were made lately, as they were made
//!       -> findings    parts that match nobody
//! ```
//!
//! What cannot be asked is counted and told, never left out in silence.

mod difference;
mod nobody;
mod paper;
mod question;
mod request;
mod session;
mod shown;
mod stand;

use std::collections::HashSet;
use std::sync::Arc;

use portcullis_base::{AccessKeyId, AccountId, Timestamp, Value};
use portcullis_store::Change;

use self::difference::Difference;
use self::nobody::{Everybody, Finding};
pub use self::paper::in_force;
use self::question::{Existing, Questions};
use self::request::Requests;
pub use self::request::of_key;
use self::session::{Known, Outcome, Scene};
pub use self::stand::{Answer, GONE, guarded};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::Facts;
use crate::revocation::Hits;
use crate::service::Service;
use crate::sessions::Live;
use crate::snapshot::Snapshot;

/// Sessions that are compared.
const COMPARED_MAX: usize = 2_000;
/// Sessions that are listed, of those that lose or gain and of those that do not.
const LISTED_MAX: (usize, usize) = (500, 20);
/// Sessions among which names are looked for; where there are more, what no session has is not told.
const NAMED_MAX: usize = 50_000;
/// Decisions that a preview may cost; sessions that are beyond it are counted.
const DECISIONS_MAX: usize = 300_000;

/// A change that is not made, and who wants to see what it would do.
pub struct Preview {
    /// The service's tools.
    service: Arc<Service>,
    /// The snapshot on which it was drafted.
    before: Arc<Snapshot>,
    /// The change.
    draft: Draft,
    /// The account whose sessions are looked at; none for all.
    limit: Option<AccountId>,
    /// Where the request came in.
    facts: Facts,
    /// The present time.
    now: Timestamp,
}

/// What is looked at.
struct Looked {
    requests: Requests,
    sessions: Vec<Known>,
    /// Those whose names are looked for.
    seen: Vec<Arc<Live>>,
    /// Whose requests read nothing else afterwards than before is known without asking.
    concerned: HashSet<AccessKeyId>,
    /// Sessions in all.
    live: usize,
    /// Sessions that are concerned and were too many to look at.
    beyond: usize,
}

impl Looked {
    fn concerns(&self, live: &Live) -> bool {
        self.concerned.contains(&live.access_key_id)
    }
}

impl Preview {
    /// Of a change that this request drafted. The deployment's own account sees the sessions of all accounts, another
    /// one its own.
    pub fn of(flow: &Flow, draft: Draft) -> Self {
        let own = flow.ask().account();
        Self {
            service: Arc::clone(&flow.service),
            before: Arc::clone(&flow.snapshot),
            draft,
            limit: (own != flow.snapshot.account).then_some(own),
            facts: flow.facts.clone(),
            now: flow.now,
        }
    }

    /// What would be otherwise.
    ///
    /// # Errors
    /// 503 when the store fails; 500 for a change that no snapshot can take.
    pub async fn told(self) -> Result<Value, ApiError> {
        let findings: Vec<Finding> = self.draft.findings.iter().map(of_lint).collect();
        let transaction = self.draft.clone().into_transaction(self.before.epoch, self.now);
        let change = Change {
            revision: portcullis_store::Revision(self.before.revision.0 + 1),
            puts: transaction.puts,
            deletes: transaction.deletes,
        };
        let after = self.before.apply(&change, &self.service.master);
        let after = after.map_err(|error| ApiError::internal(&error.to_string()))?;
        let difference = Difference::between(&self.before, &after, &change);
        let looked = self.looked_at(&difference, change.revision.0).await?;
        // On a thread where nobody waits for the next request.
        let comparing = tokio::task::spawn_blocking(move || {
            self.compared(&Arc::new(after), &difference, &looked, findings)
        });
        comparing.await.map_err(|error| ApiError::internal(&format!("comparing failed: {error}")))
    }

    /// The live sessions that these eyes see and that are concerned, with what their tokens say.
    async fn looked_at(&self, difference: &Difference, revision: u64) -> Result<Looked, ApiError> {
        let mut seen = self.service.sessions.all_live(self.limit, self.now);
        let live = seen.len();
        let concerned: Vec<Arc<Live>> = if difference.revocations.is_empty() {
            let is_concerned = |live: &&Arc<Live>| difference.whom.concerns(live.principal, live.account);
            seen.iter().filter(is_concerned).cloned().collect()
        } else {
            let is_seen = |live: &Arc<Live>| self.limit.is_none_or(|account| live.account == account);
            let hits = difference.revocations.iter().map(|record| {
                let cutoff = record.cutoff(portcullis_store::Revision(revision));
                Hits::of(&self.service.sessions, &self.before, record, cutoff, self.now)
            });
            hits.flat_map(|hits| hits.sessions.into_iter().chain(hits.descendants)).filter(is_seen).collect()
        };
        let ids = concerned.iter().map(|live| live.access_key_id.clone()).collect();
        let beyond = concerned.len().saturating_sub(COMPARED_MAX);
        let mut sessions = Vec::new();
        for live in concerned.into_iter().take(COMPARED_MAX) {
            sessions.push(Known::of(&self.service, live).await?);
        }
        seen.truncate(NAMED_MAX);
        let made = self.service.recent.of(self.limit);
        let requests = Requests::of(&self.service, &self.before, made).await?;
        Ok(Looked { requests, sessions, seen, concerned: ids, live, beyond })
    }

    fn compared(
        &self,
        after: &Arc<Snapshot>,
        difference: &Difference,
        looked: &Looked,
        mut findings: Vec<Finding>,
    ) -> Value {
        let scene =
            Scene { service: &self.service, before: &self.before, after, facts: &self.facts, now: self.now };
        let accounts = looked.sessions.iter().map(|known| known.live.account).collect();
        let existing = Existing::of(&self.before, after, &accounts, self.limit);
        let questions = Questions::of(difference, &existing);
        let most = DECISIONS_MAX / (2 * questions.all.len() + 2);
        let asked = looked.sessions.iter().take(most);
        let mut outcomes: Vec<Option<Outcome>> =
            asked.map(|known| scene.outcome(known, &questions.all)).collect();
        let replayed = looked.requests.replayed(&scene, |key, action, resource, was, is| {
            let mut own = outcomes.iter_mut().flatten().filter(|outcome| outcome.live.access_key_id == *key);
            own.next()
                .into_iter()
                .for_each(|own| own.take(action, resource.to_owned(), was.clone(), is.clone()));
        });
        let beyond = looked.beyond + looked.sessions.len().saturating_sub(most);
        let everybody = Everybody::of(after, &looked.seen, self.limit, looked.live > looked.seen.len());
        findings.extend(nobody::findings(difference, &everybody, after, self.limit));
        if !difference.revocations.is_empty() && looked.sessions.is_empty() {
            let reason = "no live session is hit by this".to_owned();
            findings.push(Finding { part: "revocation".to_owned(), reason, code: None });
        }
        replayed.shown(told(&outcomes, looked, beyond, &questions, &findings))
    }
}

fn of_lint(finding: &portcullis_policy::Finding) -> Finding {
    let part = format!("line {}, column {}", finding.line, finding.column);
    Finding { part, reason: finding.message.clone(), code: Some(finding.code) }
}

fn told(
    outcomes: &[Option<Outcome>],
    looked: &Looked,
    beyond: usize,
    questions: &Questions,
    findings: &[Finding],
) -> Value {
    let unknown = outcomes.iter().filter(|outcome| outcome.is_none()).count();
    let known = || outcomes.iter().flatten();
    let mut turned: Vec<&Outcome> = known().filter(|outcome| !outcome.is_same()).collect();
    turned.sort_by_key(|outcome| std::cmp::Reverse((outcome.ends, outcome.loses.len(), outcome.gains.len())));
    let same = known().filter(|outcome| outcome.is_same()).map(shown::session);
    let others = looked.seen.iter().filter(|live| !looked.concerns(live)).map(|live| live.named());
    let (most, most_same) = LISTED_MAX;
    Value::structure()
        .with("Sessions", turned.iter().take(most).map(|outcome| shown::session(outcome)).collect::<Value>())
        .with("SessionsTurned", shown::count(turned.len()))
        .with("Keeping", same.chain(others).take(most_same).collect::<Value>())
        .with("SessionsKeeping", shown::count(looked.live.saturating_sub(turned.len() + unknown + beyond)))
        .with("SessionsNotKnown", shown::count(unknown))
        .with("SessionsNotLookedAt", shown::count(beyond))
        .with("QuestionsAsked", shown::count(questions.all.len()))
        .with("QuestionsNotAsked", shown::count(questions.left_out))
        .with("Findings", findings.iter().map(shown::finding).collect::<Value>())
}

#[cfg(test)]
mod tests;
