//! The life of a request: each step hands the next one what only it can make.
//!
//! ```text
//! claim -> opened -> signed -> caller -> row -> input -> decision -> authorized -> output
//! ```
//!
//! Whatever ends it, exactly one event is recorded, and an answer is given only after that.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use portcullis_base::{Timestamp, Value};
use portcullis_store::{CommitError, Revision};

use crate::action::{Answer, Ask, Handler, Loaded, Need, Output, Permission, Plan, Row};
use crate::actions;
use crate::audit::Trail;
use crate::caller::Caller;
use crate::credential::{self, Opened};
use crate::draft::Draft;
use crate::error::{ApiError, Family, Whose};
use crate::flow::{Flow, Prospect};
use crate::gate::{self, Authorized};
use crate::port::{Claim, Exchange, Facts};
use crate::service::{ATTEMPTS_MAX, Service};
use crate::snapshot::Snapshot;

/// The answer to a request.
pub struct Reply {
    /// What the client gets.
    pub outcome: Result<Output, ApiError>,
    /// The revision at which it was answered.
    pub revision: Revision,
    /// How many lint findings a saved document has.
    pub findings: usize,
}

/// What is known when the caller is known.
struct Admitted {
    opened: Option<Opened>,
    row: &'static Row,
    family: Family,
    claim: Option<Claim>,
}

/// What a request is decided on: one snapshot, the caller as it is there, and one reading of the clock.
struct Moment {
    snapshot: Arc<Snapshot>,
    caller: Caller,
    now: Timestamp,
}

impl Service {
    /// Answers a request.
    pub async fn handle(self: &Arc<Self>, exchange: &mut dyn Exchange) -> Reply {
        let mut trail = Trail::of(exchange.facts().clone(), exchange.service());
        let family = Family::of(exchange.service());
        let outcome = if self.is_sound() {
            unless_it_panics(self.answer(exchange, &mut trail)).await
        } else {
            Err(ApiError::unavailable())
        };
        // One instant for the event and for what is seen of the use, which is read from the event after a start.
        let at = *trail.at.get_or_insert_with(|| self.world.clock.now());
        let outcome = self.record(&trail, outcome.map_err(|error| error.spelled(family)));
        self.last_uses.see_request(&trail, at);
        self.sessions.see_request(&trail, at);
        let findings = trail.findings.len();
        self.recent.see_request(trail, at);
        Reply { outcome, revision: self.snapshot().revision, findings }
    }

    /// Refuses what cannot even be read as a request, and records that like every other refusal.
    pub fn refuse(&self, facts: Facts, error: ApiError) -> Reply {
        let trail = Trail::of(facts, "sts");
        let outcome = self.record(&trail, Err(error));
        Reply { outcome, revision: self.snapshot().revision, findings: 0 }
    }

    async fn answer(
        self: &Arc<Self>,
        exchange: &mut dyn Exchange,
        trail: &mut Trail,
    ) -> Result<Output, ApiError> {
        let admitted = self.admit(exchange, trail)?;
        if let Some(revision) = trail.facts.min_revision {
            self.reach(Revision(revision)).await?;
        }
        let input = exchange.input().await;
        trail.ignored = exchange.ignored().to_vec();
        let input = input?;
        trail.input = input.clone();
        match admitted.row.handler {
            Handler::Read(answer) => {
                let loaded = self.load(exchange, trail, &admitted, &input).await?;
                self.read(trail, &admitted, &input, &loaded, answer)
            }
            Handler::Change(plan) => {
                let loaded = self.load(exchange, trail, &admitted, &input).await?;
                let _turn = self.writer.lock().await;
                self.write(trail, &admitted, &input, &loaded, plan).await
            }
            Handler::Issue(plan) => {
                let loaded = self.load(exchange, trail, &admitted, &input).await?;
                self.write(trail, &admitted, &input, &loaded, plan).await
            }
            Handler::Flow(run) => {
                let prospect = self.prospect(exchange, &admitted, input)?;
                let flow = self.pass(exchange, trail, prospect).await?;
                Self::run(flow, trail, run).await
            }
        }
    }

    /// From the claim to the caller and the row.
    fn admit(&self, exchange: &mut dyn Exchange, trail: &mut Trail) -> Result<Admitted, ApiError> {
        let family = Family::of(exchange.service());
        if let Ok(target) = exchange.target() {
            trail.operation = Some(target.operation.clone());
            trail.row = actions::row(target.service, &target.operation);
        }
        let now = self.world.clock.now();
        let snapshot = self.snapshot();
        let is_vouched = trail.row.is_some_and(|row| row.permission.is_vouched());
        let claim = if is_vouched { None } else { exchange.claim()? };
        let (opened, caller) = match &claim {
            None => (None, Caller::anonymous()),
            Some(claim) => {
                trail.claimed_key = Some(claim.access_key_id.clone());
                trail.form = Some(claim.form);
                let opened =
                    credential::open(claim, &snapshot, &self.ring(), &self.session_policies, family)?;
                exchange.verify(opened.secret(), now)?;
                let caller = Caller::of(&opened, &snapshot, now, family)?;
                (Some(opened), caller)
            }
        };
        if opened.is_none() && family != Family::S3 && !is_vouched {
            return Err(ApiError::unsigned(family));
        }
        trail.caller = Some(caller.clone());
        let target = exchange.target()?;
        let row =
            actions::row(target.service, &target.operation).ok_or_else(|| actions::not_served(&target))?;
        Ok(Admitted { opened, row, family, claim })
    }

    /// The present moment for this request. Asked when the request has all of its input: what it waited for, its
    /// body above all, may have taken as long as its client liked, and the caller may have lost everything meanwhile.
    fn moment(&self, admitted: &Admitted, loaded: &Loaded) -> Result<Moment, ApiError> {
        let (snapshot, now) = (self.current()?, self.world.clock.now());
        let caller = match (&admitted.opened, &loaded.vouched) {
            (Some(opened), _) => Caller::of(opened, &snapshot, now, admitted.family)?,
            (None, Some(vouched)) => Caller::vouched(vouched),
            (None, None) => Caller::anonymous(),
        };
        Ok(Moment { snapshot, caller, now })
    }

    fn authorize<'a>(
        trail: &mut Trail,
        ask: Ask<'a>,
        row: &Row,
    ) -> Result<(Authorized<'a>, Vec<Need>), ApiError> {
        trail.judged.clear();
        trail.resources = (row.resources)(&ask);
        let needs = row.permission.needs(&ask)?;
        trail.revision = Some(ask.snapshot.revision);
        let authorized = match row.permission {
            Permission::EachItem(actions, _) => {
                gate::item_by_item(ask, actions).map(|authorized| (authorized, Vec::new()))
            }
            _ => gate::authorize(ask, &needs),
        };
        match authorized {
            Ok((authorized, judged)) => {
                trail.judged = judged;
                Ok((authorized, needs))
            }
            Err(refused) => {
                trail.judged.extend(refused.judged);
                trail.asked = needs;
                Err(refused.error)
            }
        }
    }

    fn read(
        &self,
        trail: &mut Trail,
        admitted: &Admitted,
        input: &Value,
        loaded: &Loaded,
        answer: Answer,
    ) -> Result<Output, ApiError> {
        let moment = self.moment(admitted, loaded)?;
        let facts = trail.facts.clone();
        let ask = self.ask(admitted, &moment, input, &facts, loaded);
        let (authorized, needs) = Self::authorize(trail, ask, admitted.row)?;
        trail.asked = needs;
        answer(&authorized).map(Output::from)
    }

    fn ask<'a>(
        &'a self,
        admitted: &'a Admitted,
        moment: &'a Moment,
        input: &'a Value,
        facts: &'a Facts,
        loaded: &'a Loaded,
    ) -> Ask<'a> {
        Ask {
            service: self,
            snapshot: &moment.snapshot,
            caller: &moment.caller,
            input,
            facts,
            claim: admitted.claim.as_ref(),
            now: moment.now,
            family: admitted.family,
            loaded,
        }
    }

    /// Loads what a pure write depends on beside the snapshot: once, however often the write is tried, since a code
    /// that is looked at is used up. A change is decided before that, so that nobody who may not make it learns
    /// anything, and again with what was loaded.
    async fn load(
        self: &Arc<Self>,
        exchange: &mut dyn Exchange,
        trail: &mut Trail,
        admitted: &Admitted,
        input: &Value,
    ) -> Result<Loaded, ApiError> {
        let Some(prepare) = admitted.row.prepare else { return Ok(Loaded::default()) };
        let mut prospect = self.prospect(exchange, admitted, input.clone())?;
        let is_vouched = admitted.row.permission.is_vouched();
        if matches!(admitted.row.handler, Handler::Change(_)) && !is_vouched {
            Self::authorize(trail, prospect.ask(), admitted.row)?;
        }
        prepare(&mut prospect).await?;
        if let Some(vouched) = &prospect.loaded.vouched {
            trail.caller = Some(Caller::vouched(vouched));
        }
        Ok(prospect.loaded)
    }

    /// A pure write: decided, drafted and committed; all three again if the policies changed in between.
    async fn write(
        &self,
        trail: &mut Trail,
        admitted: &Admitted,
        input: &Value,
        loaded: &Loaded,
        plan: Plan,
    ) -> Result<Output, ApiError> {
        for _ in 0..ATTEMPTS_MAX {
            let moment = self.moment(admitted, loaded)?;
            let (draft, value) = self.draft(trail, admitted, input, loaded, plan, &moment)?;
            if draft.is_empty() {
                return Ok(value.into());
            }
            trail.at.get_or_insert_with(|| self.world.clock.now());
            let events = self.events(trail, Ok(&value));
            match self.commit(draft, moment.snapshot.epoch, events).await {
                Ok(_) => {
                    trail.is_recorded = true;
                    return Ok(value.into());
                }
                Err(CommitError::Conflict) => {
                    self.catch_up().await;
                    loaded.still_good(self).await?;
                }
                Err(CommitError::Store(error)) => return Err(ApiError::undetermined(&error)),
            }
        }
        Err(ApiError::unavailable())
    }

    fn draft(
        &self,
        trail: &mut Trail,
        admitted: &Admitted,
        input: &Value,
        loaded: &Loaded,
        plan: Plan,
        moment: &Moment,
    ) -> Result<(Draft, Value), ApiError> {
        let facts = trail.facts.clone();
        let ask = self.ask(admitted, moment, input, &facts, loaded);
        let (authorized, needs) = Self::authorize(trail, ask, admitted.row)?;
        trail.asked = needs;
        let mut draft = Draft::new();
        let value = plan(&authorized, &mut draft)?;
        trail.findings =
            draft.findings.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
        Ok((draft, value))
    }

    fn prospect(
        self: &Arc<Self>,
        exchange: &dyn Exchange,
        admitted: &Admitted,
        input: Value,
    ) -> Result<Prospect, ApiError> {
        let Moment { snapshot, caller, now } = self.moment(admitted, &Loaded::default())?;
        Ok(Prospect {
            service: Arc::clone(self),
            snapshot,
            row: admitted.row,
            opened: admitted.opened.clone(),
            caller,
            input,
            facts: exchange.facts().clone(),
            claim: admitted.claim.clone(),
            now,
            family: admitted.family,
            loaded: Loaded::default(),
        })
    }

    /// Takes a prospect through the gate.
    async fn pass(
        &self,
        exchange: &mut dyn Exchange,
        trail: &mut Trail,
        mut prospect: Prospect,
    ) -> Result<Flow, ApiError> {
        prospect.prepare().await?;
        if prospect.caller.vouched.is_some() {
            trail.caller = Some(prospect.caller.clone());
        }
        let (authorized, needs) = Self::authorize(trail, prospect.ask(), prospect.row)?;
        let granted = authorized.granted();
        let body = exchange.body()?;
        let stand_in = Trail::new(trail.event_id.clone(), trail.facts.clone(), trail.service);
        let own_trail = std::mem::replace(trail, stand_in);
        Ok(Flow::new(prospect, body, needs, own_trail, granted))
    }

    async fn run(
        mut flow: Flow,
        trail: &mut Trail,
        run: for<'a> fn(&'a mut Flow) -> crate::port::BoxFuture<'a, Result<Output, ApiError>>,
    ) -> Result<Output, ApiError> {
        let mut outcome = unless_it_panics(run(&mut flow)).await;
        // What was read while the policies changed may be newer than the decision: it is told only under the new ones.
        if outcome.is_ok()
            && !flow.trail.is_recorded
            && let Err(error) = flow.still_stands()
        {
            outcome = Err(error);
        }
        *trail = flow.into_trail();
        outcome
    }

    /// Records the event, if the write did not already carry it. Without a record there is no answer.
    fn record(&self, trail: &Trail, outcome: Result<Output, ApiError>) -> Result<Output, ApiError> {
        if trail.is_recorded {
            return outcome;
        }
        let nothing = Value::structure();
        let events = match &outcome {
            Ok(output) => self.events(trail, Ok(output.value.as_ref().unwrap_or(&nothing))),
            Err(error) => self.events(trail, Err(error)),
        };
        let is_trusted = trail.is_authenticated() || (outcome.is_ok() && !trail.is_of_stranger());
        let recorded = events.into_iter().try_for_each(|event| {
            if is_trusted {
                self.audit.append(event)
            } else {
                self.audit.append_unauthenticated(trail.facts.source_ip, event)
            }
        });
        match (recorded, outcome) {
            (Ok(()), outcome) => outcome,
            // What failed because of the world stays that failure; anything else must not be told unrecorded.
            (Err(_), Err(error)) if error.whose == Whose::World => Err(error),
            (Err(error), _) => {
                tracing::error!(%error, "an event could not be recorded; the request is answered 503");
                Err(ApiError::unavailable())
            }
        }
    }
}

/// A defect ends the request that met it: it is recorded and answered like every other, and the process lives.
async fn unless_it_panics(
    answering: impl Future<Output = Result<Output, ApiError>>,
) -> Result<Output, ApiError> {
    let answered = AssertUnwindSafe(answering).catch_unwind().await;
    answered.unwrap_or_else(|_| Err(ApiError::internal("the handling of a request panicked")))
}

#[cfg(test)]
mod tests;
