//! Requests that wait: for bodies, for stored objects, for the disk.
//!
//! A [`Prospect`] is such a request before the gate, a [`Flow`] the same behind it. A flow commits under the policies
//! it was decided by: if they changed while its bytes came in, it is decided again before anything becomes visible.

use std::sync::{Arc, Mutex, PoisonError};

use portcullis_base::{Timestamp, Value};
use portcullis_policy::Decision;
use portcullis_store::{CommitError, Revision};

use crate::action::{Ask, Guarding, Loaded, Need, Permission, Row};
use crate::audit::Trail;
use crate::caller::Caller;
use crate::credential::Opened;
use crate::draft::Draft;
use crate::error::{ApiError, Family};
use crate::gate::{self, Granted, Hearing, Judged, Refused};
use crate::port::{Body, Claim, Facts};
use crate::service::{ATTEMPTS_MAX, Service};
use crate::snapshot::Snapshot;

/// How many decisions an event tells of, when a request asks for each of its items.
const JUDGED_MAX: usize = 50;

/// A request that waits, before the gate.
pub struct Prospect {
    /// The service's tools.
    pub service: Arc<Service>,
    /// The snapshot it is decided on.
    pub snapshot: Arc<Snapshot>,
    /// Its action.
    pub row: &'static Row,
    /// The credential, to ask again whether it is good; absent for an unsigned request.
    pub opened: Option<Opened>,
    /// Who asks.
    pub caller: Caller,
    /// The input.
    pub input: Value,
    /// Where it came from.
    pub facts: Facts,
    /// What its signature claimed.
    pub claim: Option<Claim>,
    /// The reading of the clock.
    pub now: Timestamp,
    /// How the service spells common errors.
    pub family: Family,
    /// What preparation found.
    pub loaded: Loaded,
}

impl Prospect {
    /// The question to the row's functions.
    pub fn ask(&self) -> Ask<'_> {
        Ask {
            service: &self.service,
            snapshot: &self.snapshot,
            caller: &self.caller,
            input: &self.input,
            facts: &self.facts,
            claim: self.claim.as_ref(),
            now: self.now,
            family: self.family,
            loaded: &self.loaded,
        }
    }

    /// Takes the present snapshot, with the caller as it is there.
    ///
    /// # Errors
    /// What the credential would get if it came now.
    fn renew(&mut self) -> Result<(), ApiError> {
        let (snapshot, now) = (self.service.current()?, self.service.world.clock.now());
        if let Some(opened) = &self.opened {
            self.caller = Caller::of(opened, &snapshot, now, self.family)?;
        }
        (self.snapshot, self.now) = (snapshot, now);
        Ok(())
    }

    /// Whether nothing that decisions read has changed since the snapshot.
    fn is_current(&self) -> bool {
        self.service.snapshot().epoch == self.snapshot.epoch
    }

    /// Loads what the permissions depend on. It and the snapshot belong together: what was stored after a change of
    /// the policies is never judged by the policies before it.
    ///
    /// # Errors
    /// Those of the row's preparation.
    pub async fn prepare(&mut self) -> Result<(), ApiError> {
        let Some(prepare) = self.row.prepare else { return Ok(()) };
        for _ in 0..ATTEMPTS_MAX {
            self.loaded = Loaded::default();
            prepare(self).await?;
            if let Some(vouched) = &self.loaded.vouched {
                self.caller = Caller::vouched(vouched);
            }
            if self.is_current() {
                return Ok(());
            }
            self.renew()?;
        }
        Err(ApiError::unavailable())
    }
}

/// A request that waits, behind the gate.
pub struct Flow {
    prospect: Prospect,
    // Behind a lock that is never waited for, so that a flow can be shared between the awaits of its handler.
    body: Mutex<Option<Box<dyn Body>>>,
    granted: Vec<Need>,
    /// Whether all that is granted was granted on the prospect's snapshot.
    is_settled: bool,
    /// What the event will say.
    pub trail: Trail,
    _granted: Granted,
}

/// Why a flow's commit did not happen.
#[derive(Debug)]
pub enum NotCommitted {
    /// Something it depends on changed; nothing was written.
    Overtaken,
    /// It may not, or cannot, be written.
    Refused(ApiError),
}

impl std::ops::Deref for Flow {
    type Target = Prospect;

    fn deref(&self) -> &Prospect {
        &self.prospect
    }
}

impl Flow {
    /// Behind the gate, with the needs that were granted.
    pub fn new(
        prospect: Prospect,
        body: Option<Box<dyn Body>>,
        needs: Vec<Need>,
        trail: Trail,
        granted: Granted,
    ) -> Self {
        Self { prospect, body: Mutex::new(body), granted: needs, is_settled: true, trail, _granted: granted }
    }

    /// The body, once.
    pub fn take_body(&mut self) -> Option<Box<dyn Body>> {
        self.body.get_mut().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Asks for a further permission; what is granted must still be granted when the flow commits.
    ///
    /// # Errors
    /// AccessDenied when it is not.
    pub fn permit(&mut self, need: Need) -> Result<(), ApiError> {
        let decision = gate::judge(&self.ask(), &need);
        if decision.is_allowed() {
            self.granted.push(need);
            return Ok(());
        }
        Err(self.denied(&need, decision))
    }

    /// The same for many permissions, of which none is granted if one is not.
    ///
    /// # Errors
    /// AccessDenied for the first that is not.
    pub fn permit_all(&mut self, needs: Vec<Need>) -> Result<(), ApiError> {
        let denied = {
            let ask = self.ask();
            let hearing = Hearing::of(&ask);
            let mut judged = needs.iter().map(|need| (need, hearing.judge(need)));
            judged
                .find(|(_, decision)| !decision.is_allowed())
                .map(|(need, decision)| (need.clone(), decision))
        };
        if let Some((need, decision)) = denied {
            return Err(self.denied(&need, decision));
        }
        self.granted.extend(needs);
        Ok(())
    }

    fn denied(&mut self, need: &Need, decision: Decision) -> ApiError {
        let denial = gate::denial(&self.caller, self.family, need, &decision);
        self.note(Judged::of(need, decision));
        denial
    }

    /// Notes a refusal that the gate gave to a question beside the row's own.
    pub fn refused(&mut self, refused: Refused) -> ApiError {
        if let Some(judged) = refused.judged {
            self.note(judged);
        }
        refused.error
    }

    /// Notes for the event which of these will be refused. It asks for nothing: it is for an action that commits more
    /// than once, whose event is written with the first commit and must tell of what comes after it.
    pub fn foresee(&mut self, needs: &[Need]) {
        let ask = self.prospect.ask();
        let hearing = Hearing::of(&ask);
        let refused = needs.iter().filter_map(|need| {
            let decision = hearing.judge(need);
            let is_refused = !decision.is_allowed();
            is_refused.then(|| Judged::of(need, decision))
        });
        let refused: Vec<Judged> = refused.take(JUDGED_MAX).collect();
        drop(hearing);
        for judged in refused {
            self.note(judged);
        }
    }

    /// Notes a refusal, once however often it is met, in place of an earlier decision that it overturns.
    fn note(&mut self, judged: Judged) {
        let noted = &mut self.trail.judged;
        let earlier =
            noted.iter_mut().find(|it| (it.action, &it.resource) == (judged.action, &judged.resource));
        if let Some(earlier) = earlier {
            *earlier = judged;
        } else if noted.len() < JUDGED_MAX {
            noted.push(judged);
        }
    }

    /// The permissions granted so far.
    pub fn granted(&self) -> &[Need] {
        &self.granted
    }

    /// Forgets what was granted for items that are done, in an action that asks for each of its items: a change of
    /// the policies against one of those must not stop the others.
    pub fn forget_items(&mut self) {
        if matches!(self.row.permission, Permission::EachItem(..)) {
            self.granted.clear();
        }
    }

    /// Whether a permission would be granted; for answers that depend on it.
    pub fn would_permit(&self, need: &Need) -> bool {
        gate::judge(&self.ask(), need).is_allowed()
    }

    /// Commits a change with its event, under the policies as they are then. A request that commits more than once
    /// has its event in the first.
    ///
    /// # Errors
    /// [`NotCommitted::Overtaken`] when a guard of the draft's own did not hold; [`NotCommitted::Refused`] when the
    /// policies changed so that it may no longer be done, or the store fails.
    pub async fn commit(&mut self, draft: &Draft, output: &Value) -> Result<Revision, NotCommitted> {
        for _ in 0..ATTEMPTS_MAX {
            if !self.is_settled {
                self.decide_again().map_err(NotCommitted::Refused)?;
            }
            let epoch = self.snapshot.epoch;
            match self.commit_once(draft, output).await {
                Ok(revision) => return Ok(revision),
                Err(CommitError::Store(error)) => {
                    return Err(NotCommitted::Refused(ApiError::undetermined(&error)));
                }
                Err(CommitError::Conflict) => {
                    self.service.catch_up().await;
                    if self.service.snapshot().epoch == epoch {
                        return Err(NotCommitted::Overtaken);
                    }
                    self.is_settled = false;
                }
            }
        }
        Err(NotCommitted::Refused(ApiError::unavailable()))
    }

    /// Commits under the policies of the snapshot, or not at all.
    async fn commit_once(&mut self, draft: &Draft, output: &Value) -> Result<Revision, CommitError> {
        if self.trail.at.is_none() {
            self.trail.at = Some(self.service.world.clock.now());
        }
        let is_recorded = self.trail.is_recorded;
        let events = if is_recorded { Vec::new() } else { self.service.events(&self.trail, Ok(output)) };
        let revision = self.service.commit(draft.clone(), self.snapshot.epoch, events).await?;
        self.trail.is_recorded = true;
        Ok(revision)
    }

    /// Plans a change of what decisions read and commits it, in turn with all other changes: for changes that take
    /// something slow before them. If the policies are not those of the decision any more, all that the row needs is
    /// asked anew before the plan is made, as it is for every change.
    ///
    /// # Errors
    /// Those of the plan; what the request would get if it came now; 503 when it cannot be written.
    pub async fn change(
        &mut self,
        plan: impl Fn(&Ask<'_>, &mut Draft) -> Result<Value, ApiError> + Send + Sync,
    ) -> Result<Value, ApiError> {
        let service = Arc::clone(&self.service);
        let _turn = service.writer.lock().await;
        for _ in 0..ATTEMPTS_MAX {
            if !(self.is_settled && self.is_current()) {
                self.begin_again()?;
            }
            let mut draft = Draft::new();
            let value = plan(&self.ask(), &mut draft)?;
            match self.commit_once(&draft, &value).await {
                Ok(_) => return Ok(value),
                Err(CommitError::Store(error)) => return Err(ApiError::undetermined(&error)),
                Err(CommitError::Conflict) => service.catch_up().await,
            }
        }
        Err(ApiError::unavailable())
    }

    /// Asks on the present snapshot whatever the row needs there, which may be more than it was.
    fn begin_again(&mut self) -> Result<(), ApiError> {
        self.is_settled = false;
        self.prospect.renew()?;
        self.granted = self.row.permission.needs(&self.ask())?;
        self.all_granted()
    }

    /// Asks everything again on the present snapshot: is the credential good, is every need still granted? Until it
    /// is, nothing is committed.
    ///
    /// # Errors
    /// What the request would get if it came now.
    fn decide_again(&mut self) -> Result<(), ApiError> {
        self.is_settled = false;
        self.prospect.renew()?;
        for need in &mut self.granted {
            *need = refreshed(need.clone(), &self.prospect.snapshot)?;
        }
        self.all_granted()
    }

    /// The flow is settled again if every need is granted.
    fn all_granted(&mut self) -> Result<(), ApiError> {
        self.trail.revision = Some(self.prospect.snapshot.revision);
        if let Some((need, decision)) = self.first_denied() {
            return Err(self.denied(&need, decision));
        }
        self.is_settled = true;
        Ok(())
    }

    fn first_denied(&self) -> Option<(Need, Decision)> {
        let ask = self.ask();
        let hearing = Hearing::of(&ask);
        let mut judged = self.granted.iter().map(|need| (need, hearing.judge(need)));
        judged.find(|(_, decision)| !decision.is_allowed()).map(|(need, decision)| (need.clone(), decision))
    }

    /// Asks everything again if the policies have changed since the decision.
    ///
    /// # Errors
    /// What the request would get if it came now.
    pub fn still_stands(&mut self) -> Result<(), ApiError> {
        self.service.current()?;
        if self.is_settled && self.prospect.is_current() { Ok(()) } else { self.decide_again() }
    }

    /// Gives back what the event needs.
    pub fn into_trail(mut self) -> Trail {
        if self.trail.asked.is_empty() {
            self.trail.asked = self.granted;
        }
        self.trail
    }
}

/// A need with the resource's policy as it is now.
pub(crate) fn refreshed(mut need: Need, snapshot: &Snapshot) -> Result<Need, ApiError> {
    match &need.guarding {
        Guarding::Nothing | Guarding::NoTrust => {}
        Guarding::Bucket(bucket) => {
            let current = snapshot
                .bucket(&bucket.record.name)
                .filter(|current| current.record.id == bucket.record.id)
                .ok_or_else(|| {
                    ApiError::caller("NoSuchBucket", 404, "The specified bucket does not exist")
                        .with("BucketName", bucket.record.name.clone())
                })?;
            need.guarding = Guarding::Bucket(Arc::clone(current));
        }
        Guarding::Delegation(_) => {
            let current = snapshot.accounts.delegation();
            need.guarding = current.map_or(Guarding::Nothing, |held| Guarding::Delegation(Arc::clone(held)));
        }
        Guarding::Trust(role) => {
            need.guarding = snapshot
                .roles
                .get(role.record.id)
                .map_or(Guarding::NoTrust, |role| Guarding::Trust(Arc::clone(role)));
        }
    }
    Ok(need)
}
