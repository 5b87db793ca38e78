//! The exit from a lock-out: revocations lifted in a data directory that nobody serves, by whoever holds it. Nothing is
//! asked of policies; what is done is in the event history like everything else.

use std::collections::BTreeSet;
use std::pin::pin;

use futures_util::stream::TryStreamExt;
use portcullis_base::Value;
use portcullis_store::record::{ReceiptState, RevocationRecord};
use portcullis_store::{CommitError, Guard, StoreError, codec, key};
use serde_json::json;

use super::lift::{Stored, stored_under};
use super::shown;
use crate::audit::{AuditLog, OwnDoing};
use crate::draft::Draft;
use crate::follow::{LoadError, pages};
use crate::service::Service;
use crate::snapshot::{Snapshot, revocation};

/// Revocations that are read at once.
const PAGE: usize = 500;

/// Why nothing was lifted.
#[derive(Debug, thiserror::Error)]
pub enum NotLifted {
    /// There is no such revocation.
    #[error("{id} is no revocation in force; `portcullis recover --revocations` lists them")]
    NoSuch {
        /// What was asked for.
        id: String,
    },
    /// The store could not be read.
    #[error("the store could not be read: {0}")]
    Store(#[from] StoreError),
    /// The store did not take it.
    #[error("the lifting could not be written: {0}")]
    Write(#[from] CommitError),
}

impl Service {
    /// The revocations in force, those of single sessions first, each with its id, kind, target, time, who and why.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn revocations_in_force(&self) -> Result<Vec<Value>, LoadError> {
        let (mut found, snapshot) = (Vec::new(), self.snapshot());
        for family in [key::CUT_SESSIONS, key::REVOCATIONS] {
            let mut pages = pin!(pages(self.engine.as_ref(), family, PAGE));
            while let Some(page) = pages.try_next().await? {
                for (_, held) in page.items {
                    found.push(told(&snapshot, &codec::from_bytes(&held.value)?));
                }
            }
        }
        Ok(found)
    }

    /// Lifts these revocations, all of them or none, with an event for each. Answers what was lifted.
    ///
    /// # Errors
    /// [`NotLifted`]: nothing was changed then.
    pub async fn lift_offline(&self, ids: &[String]) -> Result<Vec<Value>, NotLifted> {
        let (snapshot, now) = (self.snapshot(), self.world.clock.now());
        let (mut draft, mut events, mut lifted) = (Draft::new(), Vec::new(), Vec::new());
        for id in ids.iter().collect::<BTreeSet<_>>() {
            let held = match revocation::key_of(id) {
                Some(key) => stored_under(self, key).await?,
                None => None,
            };
            let Stored { key, record, revision } =
                held.ok_or_else(|| NotLifted::NoSuch { id: id.clone() })?;
            draft.guard(Guard::At(key.clone(), revision));
            draft.delete_revocation(&record, key);
            if let Some(receipt) = self.receipt(record.number).await? {
                // What it wrote into policies stays there, and is still to be lifted.
                let state = if receipt.record.written.is_empty() {
                    ReceiptState::Lifted { at: now, by: "portcullis recover".to_owned() }
                } else {
                    ReceiptState::Retired { at: now }
                };
                draft.end_receipt(receipt, state);
            }
            let doing = OwnDoing {
                name: "RevocationLifted",
                source: "portcullis.amazonaws.com",
                username: Some("root".to_owned()),
                resources: Vec::new(),
                details: json!({ "revocationId": id, "revokedBy": record.by, "revokedAt": record.at.iso_seconds() }),
            };
            events.push(doing.event(&self.world, record.account, &self.settings.region));
            lifted.push(told(&snapshot, &record));
        }
        if lifted.is_empty() {
            return Ok(lifted);
        }
        let mut transaction = draft.into_transaction(snapshot.epoch, now);
        transaction.puts.extend(events.iter().map(AuditLog::draft));
        self.engine.commit(transaction).await?;
        for event in events {
            self.audit.committed(event);
        }
        Ok(lifted)
    }
}

/// A revocation, as it is told to whoever holds the data directory.
fn told(snapshot: &Snapshot, record: &RevocationRecord) -> Value {
    let target = shown::target(snapshot, &record.target);
    shown::identified(record)
        .with_some("Kind", target.text("Kind"))
        .with_some("Target", target.text("Arn").or_else(|| target.text("Id")))
        .with("Time", record.at.iso_seconds())
        .with("RevokedBy", record.by.as_str())
        .with_some("Reason", record.reason.as_deref())
}
