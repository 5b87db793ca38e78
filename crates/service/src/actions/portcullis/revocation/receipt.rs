//! Receipts as they are shown: to whoever asks later, and to whoever asks for the same revocation twice.

use portcullis_base::Value;
use portcullis_store::record::{ReceiptHit, ReceiptRecord, ReceiptState, ReceiptStyle, RevocationRecord};
use portcullis_store::{Key, Revision, StoreError, codec};

use super::{manner, shown, sources};
use crate::receipt::{self, Kept};
use crate::revocation::Hits;
use crate::service::Service;
use crate::snapshot::{Snapshot, revocation};

/// Sessions that an answer names; all are counted.
pub const SHOWN_MAX: usize = 1000;

/// A receipt with what is there of its revocation now.
pub struct Present {
    /// What is kept, with whoever it does not name although it hits them.
    pub record: ReceiptRecord,
    /// When it was last written.
    pub revision: Revision,
    /// The revocation, while it is in force.
    pub revocation: Option<RevocationRecord>,
    /// The sessions that are left of those that it hits.
    pub hits: Hits,
}

impl Present {
    /// Looks what is there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(service: &Service, snapshot: &Snapshot, kept: Kept) -> Result<Self, StoreError> {
        let mut found = Self::alone(service, kept).await?;
        if let Some(revocation) = &found.revocation {
            let (cutoff, now) = (found.record.cutoff(found.revision), service.world.clock.now());
            found.hits = Hits::of(&service.sessions, snapshot, revocation, cutoff, now);
            receipt::add(&mut found.record, &found.hits);
        }
        Ok(found)
    }

    /// The same without looking who is left.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn alone(service: &Service, kept: Kept) -> Result<Self, StoreError> {
        let Kept { record, revision } = kept;
        let held = service.engine.read(&Key::revocation(&record.target, record.number)).await?;
        let revocation = held.map(|held| codec::from_bytes(&held.value)).transpose()?;
        Ok(Self { record, revision, revocation, hits: Hits::none() })
    }

    /// Whether it is in force.
    pub fn is_in_force(&self) -> bool {
        self.record.state == ReceiptState::InForce && !self.is_gone()
    }

    /// Whether it was taken away by something that did not say so: `recover`, with the server stopped.
    pub fn is_gone(&self) -> bool {
        let is_native = self.record.style == ReceiptStyle::Native;
        is_native && self.record.state == ReceiptState::InForce && self.revocation.is_none()
    }

    /// A line of a list.
    pub fn summary(&self, snapshot: &Snapshot) -> Value {
        let record = &self.record;
        Value::structure()
            .with("ReceiptId", revocation::id(&record.target, record.number))
            .with("State", state(self))
            .with("Style", style(record))
            .with("Time", record.at)
            .with_some("EndedAt", record.state.ended())
            .with("Target", shown::target(snapshot, &record.target))
            .with("RevokedBy", record.by.as_str())
            .with_some("Reason", record.reason.as_deref())
            .with("SessionsHitCount", count(record.sessions))
            .with("DescendantsCount", count(record.descendants))
    }

    /// Everything that is known without the events.
    pub fn shown(&self, service: &Service, snapshot: &Snapshot) -> Value {
        let record = &self.record;
        let cutoff = record.cutoff(self.revision);
        let revocation = self.revocation.clone().unwrap_or_else(|| as_revocation(record));
        let mut open = Vec::new();
        let mut nodes = Vec::new();
        if self.is_in_force() {
            open = sources::open(snapshot, &revocation, &self.hits);
            nodes.push(node(service, snapshot.revision));
        }
        let hits = |is_descendant: bool| -> Value {
            let some = record.hits.iter().filter(|hit| hit.is_descendant == is_descendant);
            some.take(SHOWN_MAX).map(hit).collect()
        };
        let mut value = shown::revocation(snapshot, &revocation, cutoff);
        if record.style == ReceiptStyle::Aws {
            // It has none beside the policies.
            value.remove("Statement");
        }
        value
            .with("Written", manner::written(snapshot, &record.written))
            .with("ReceiptId", revocation::id(&record.target, record.number))
            .with("Nodes", Value::List(nodes))
            .with("SessionsHit", hits(false))
            .with("SessionsHitCount", count(record.sessions))
            .with("Descendants", hits(true))
            .with("DescendantsCount", count(record.descendants))
            .with("OpenSources", Value::List(open))
            .with("Style", style(record))
            .with("State", state(self))
            .with_some("EndedAt", record.state.ended())
            .with_some("EndedBy", ended_by(&record.state))
    }
}

fn count(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

/// This node, at this revision.
pub fn node(service: &Service, revision: Revision) -> Value {
    Value::structure()
        .with("Id", service.deployment.as_str())
        .with("Revision", i64::try_from(revision.0).unwrap_or(i64::MAX))
        .with("Time", service.world.clock.now())
}

/// The revocation that a receipt is of, as far as it says.
pub fn as_revocation(record: &ReceiptRecord) -> RevocationRecord {
    RevocationRecord {
        number: record.number,
        target: record.target.clone(),
        scope: record.scope,
        cascades: record.cascades,
        issued_before: record.issued_before,
        cutoff: record.cutoff,
        blocked: record.blocks.then(|| record.target.clone()),
        until: None,
        at: record.at,
        by: record.by.clone(),
        reason: record.reason.clone(),
        event_id: record.event_id.clone(),
        account: record.account,
    }
}

fn hit(hit: &ReceiptHit) -> Value {
    let shown = Value::structure().with("AccessKeyId", hit.access_key_id.as_str());
    let Some(about) = &hit.about else { return shown };
    shown
        .with("Arn", about.arn.as_str())
        .with("Issued", about.issued)
        .with("Expires", about.expires)
        .with_some("SourceIdentity", about.source_identity.as_deref())
}

/// How somebody was cut off, in a word.
pub fn style(record: &ReceiptRecord) -> &'static str {
    match record.style {
        ReceiptStyle::Native => "native",
        ReceiptStyle::Aws => "aws",
    }
}

/// What became of it, in a word.
fn state(present: &Present) -> &'static str {
    match present.record.state {
        ReceiptState::InForce if present.is_gone() => "lifted",
        ReceiptState::InForce => "in-force",
        ReceiptState::Lifted { .. } => "lifted",
        ReceiptState::Retired { .. } => "retired",
    }
}

fn ended_by(state: &ReceiptState) -> Option<&str> {
    match state {
        ReceiptState::Lifted { by, .. } => Some(by),
        _ => None,
    }
}
