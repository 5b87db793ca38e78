//! Watching over an answer while its bytes go out: a revocation that is acknowledged meanwhile ends it.
//!
//! A download may take hours. Each piece of it is sent only if nothing that a decision reads has changed since the
//! last piece, or if everything that was granted would still be granted. So a cut-off caller gets at most the one
//! piece that was under way.

use std::sync::Arc;

use portcullis_base::{AccessKeyId, Timestamp, Value};
use portcullis_store::Revision;
use serde_json::json;

use crate::action::{Ask, Loaded, Need};
use crate::audit::OwnDoing;
use crate::caller::Caller;
use crate::credential::Opened;
use crate::error::{ApiError, Family};
use crate::flow::{Flow, refreshed};
use crate::gate::{self, Hearing};
use crate::port::{Claim, Facts};
use crate::service::Service;

/// What must go on being granted.
pub struct Vigil {
    service: Arc<Service>,
    epoch: Revision,
    opened: Option<Opened>,
    claim: Option<Claim>,
    facts: Facts,
    family: Family,
    needs: Vec<Need>,
    // The clock as it was when the request was decided: what merely expires later does not cut an answer off.
    decided_at: Timestamp,
}

impl Vigil {
    /// Over what this flow was granted.
    pub fn over(flow: &Flow) -> Self {
        Self {
            service: Arc::clone(&flow.service),
            epoch: flow.snapshot.epoch,
            opened: flow.opened.clone(),
            claim: flow.claim.clone(),
            facts: flow.facts.clone(),
            family: flow.family,
            needs: flow.granted().to_vec(),
            decided_at: flow.now,
        }
    }

    /// Whether everything is still granted.
    ///
    /// # Errors
    /// What the request would get if it came now.
    pub fn check(&mut self) -> Result<(), ApiError> {
        let snapshot = self.service.current()?;
        if snapshot.epoch == self.epoch {
            return Ok(());
        }
        let caller = match &self.opened {
            Some(opened) => Caller::of(opened, &snapshot, self.decided_at, self.family)?,
            None => Caller::anonymous(),
        };
        let (input, loaded) = (Value::structure(), Loaded::default());
        let ask = Ask {
            service: &self.service,
            snapshot: &snapshot,
            caller: &caller,
            input: &input,
            facts: &self.facts,
            claim: self.claim.as_ref(),
            now: self.decided_at,
            family: self.family,
            loaded: &loaded,
        };
        let hearing = Hearing::of(&ask);
        for need in &mut self.needs {
            *need = refreshed(need.clone(), &snapshot)?;
            let decision = hearing.judge(need);
            if !decision.is_allowed() {
                return Err(gate::denial(&caller, self.family, need, &decision));
            }
        }
        self.epoch = snapshot.epoch;
        Ok(())
    }

    /// Tells event history that an answer was cut off: the event of its request was written when it began.
    pub fn tell_cut_off(&self, error: &ApiError, sent: u64) {
        let key = self.opened.as_ref().map(Opened::access_key_id);
        let need = self.needs.first();
        let doing = OwnDoing {
            name: "DownloadCutOff",
            source: "s3.amazonaws.com",
            username: None,
            resources: Vec::new(),
            details: json!({
                "requestID": self.facts.request_id,
                "accessKeyId": key.map(AccessKeyId::as_str),
                "action": need.map(|need| need.action),
                "resource": need.map(|need| &need.resource),
                "bytesTransferredOut": sent,
                "errorCode": error.code,
                "errorMessage": error.message,
            }),
        };
        let account = self.opened.as_ref().map_or(self.service.settings.account, Opened::account);
        let mut event = doing.event(&self.service.world, account, &self.facts.region);
        event.access_key_id = key.map(ToString::to_string);
        if let Err(error) = self.service.audit.append(event) {
            tracing::error!(%error, "that a download was cut off is not in event history");
        }
    }
}
