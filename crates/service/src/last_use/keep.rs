//! Last uses in the store: written when they have changed, read at the start.
//!
//! What was used in the last minute before a process died is in the event history and not here: it is taken up from
//! there, by the decisions that each event tells of.

use std::borrow::Cow;

use portcullis_base::{AccountId, Timestamp, UniqueId};
use portcullis_store::record::{LastUseRecord, LastUsesMarkRecord, LastUsesRecord};
use portcullis_store::{CommitError, Engine, Key, Range, StoreError, Transaction, codec, key};
use serde_json::Value as Json;

use super::{LastUses, Use};
use crate::audit::{AuditError, AuditEvent, AuditLog, LookupQuery};
use crate::snapshot::Snapshot;

/// Principals whose uses are written at once: each can have some tens of kilobytes.
const AT_ONCE: usize = 24;
/// Records that are read at a time.
const PAGE: usize = 500;
/// Events that are read at a time.
const EVENTS_PAGE: usize = 1000;
/// An event may be recorded a moment after its instant: so far behind the present is the mark.
const MARGIN: std::time::Duration = std::time::Duration::from_mins(1);

/// How far the mark may be behind while nobody is used: a start looks through the events behind it.
const MARK_EVERY: std::time::Duration = std::time::Duration::from_hours(1);

/// Why last uses could not be taken up.
#[derive(Debug, thiserror::Error)]
pub enum NotTakenUp {
    /// The store failed.
    #[error("the store could not be read: {0}")]
    Store(#[from] StoreError),
    /// The mark could not be written.
    #[error("the store could not be written: {0}")]
    Write(#[from] CommitError),
    /// The event history failed.
    #[error("the event history could not be read: {0}")]
    Audit(#[from] AuditError),
}

impl LastUses {
    /// Takes up what the store has, and from the event history what came after that.
    ///
    /// # Errors
    /// [`NotTakenUp`].
    pub async fn take_up(
        engine: &dyn Engine,
        audit: &AuditLog,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Self, NotTakenUp> {
        let held = engine.read(&Key::last_uses_mark()).await?;
        let mark = if let Some(held) = held {
            codec::from_bytes(&held.value)?
        } else {
            let mark = LastUsesMarkRecord { began: now, seen_until: now };
            engine.commit(marked(&mark)).await?;
            mark
        };
        let uses = Self::since(mark.began);
        uses.seen().written_until = mark.seen_until;
        let mut range = Range::prefix(key::LAST_USES.as_bytes()).limit(PAGE);
        loop {
            let page = engine.range(range.clone()).await?;
            for (key, held) in &page.items {
                uses.take(key, codec::from_bytes(&held.value)?);
            }
            match page.items.last() {
                Some((last, _)) if page.more => range = range.beyond(last),
                _ => break,
            }
        }
        uses.seen().changed.clear();
        uses.replay(audit, snapshot, mark.seen_until).await?;
        Ok(uses)
    }

    fn take(&self, key: &Key, record: LastUsesRecord) {
        let id = std::str::from_utf8(&key.0).ok().and_then(|text| text.rsplit('/').next()?.parse().ok());
        let Some(id) = id else { return };
        for last in record.uses {
            self.see(id, [Cow::Owned(last.name)], last.at, &last.region);
        }
    }

    async fn replay(
        &self,
        audit: &AuditLog,
        snapshot: &Snapshot,
        since: Timestamp,
    ) -> Result<(), AuditError> {
        let others = snapshot.accounts.all().map(|account| account.id).filter(|id| *id != snapshot.account);
        for account in std::iter::once(snapshot.account).chain(others) {
            self.replay_account(audit, account, since).await?;
        }
        Ok(())
    }

    async fn replay_account(
        &self,
        audit: &AuditLog,
        account: AccountId,
        since: Timestamp,
    ) -> Result<(), AuditError> {
        let mut query = LookupQuery {
            account,
            attribute: None,
            start: Some(since.whole_seconds()),
            end: None,
            max_results: EVENTS_PAGE,
            resume: None,
        };
        loop {
            let page = audit.lookup(query.clone()).await?;
            page.events.iter().for_each(|event| self.see_event(event));
            match page.next {
                Some(next) => query.resume = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn see_event(&self, event: &AuditEvent) {
        let Ok(record) = serde_json::from_str::<Json>(&event.json) else { return };
        let Some(principal) = principal(&record) else { return };
        let decisions = record.pointer("/additionalEventData/decisions").and_then(Json::as_array);
        let names = decisions.into_iter().flatten().filter_map(|decision| decision.get("action")?.as_str());
        let mut names: Vec<_> = names.map(|name| Cow::Owned(name.to_owned())).collect();
        if names.is_empty() {
            let service = event.source.split('.').next().unwrap_or_default();
            names.push(Cow::Owned(format!("{service}:")));
        }
        self.see(principal, names, event.at, &event.region);
    }

    /// Writes what has changed, and forgets whoever is no longer there.
    ///
    /// # Errors
    /// When the store fails; what was not written is tried again the next time.
    pub async fn keep(
        &self,
        engine: &dyn Engine,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let exists = |id: UniqueId| snapshot.users.get(id).is_some() || snapshot.roles.get(id).is_some();
        let (mut changed, gone) = self.due(exists);
        let mark = {
            let seen = self.seen();
            let is_old = now.since(seen.written_until) > MARK_EVERY;
            if changed.is_empty() && gone.is_empty() && !is_old {
                return Ok(());
            }
            LastUsesMarkRecord { began: seen.began, seen_until: now.minus(MARGIN) }
        };
        while let Some(at) = changed.len().min(AT_ONCE).checked_sub(1) {
            let some: Vec<UniqueId> = changed.drain(..=at).collect();
            if let Err(error) = engine.commit(self.written(&some)).await {
                self.seen().changed.extend(some.into_iter().chain(changed));
                return Err(error);
            }
        }
        for some in gone.chunks(portcullis_store::limits::TRANSACTION_OPERATIONS) {
            let keys = some.iter().map(|id| Key::last_uses(*id));
            engine.commit(keys.fold(Transaction::new(), Transaction::delete)).await?;
        }
        engine.commit(marked(&mark)).await?;
        self.seen().written_until = mark.seen_until;
        Ok(())
    }

    /// Whose uses must be written, and who is gone.
    fn due(&self, exists: impl Fn(UniqueId) -> bool) -> (Vec<UniqueId>, Vec<UniqueId>) {
        let mut seen = self.seen();
        let gone: Vec<UniqueId> = seen.uses.keys().copied().filter(|id| !exists(*id)).collect();
        for id in &gone {
            seen.uses.remove(id);
            seen.changed.remove(id);
        }
        (seen.changed.drain().collect(), gone)
    }

    fn written(&self, ids: &[UniqueId]) -> Transaction {
        let seen = self.seen();
        ids.iter().fold(Transaction::new(), |transaction, id| {
            let uses = seen.uses.get(id).into_iter().flatten();
            let uses = uses.map(|(name, Use { at, region })| LastUseRecord {
                name: name.to_string(),
                at: *at,
                region: region.clone(),
            });
            transaction.put(Key::last_uses(*id), codec::to_bytes(&LastUsesRecord { uses: uses.collect() }))
        })
    }
}

fn marked(mark: &LastUsesMarkRecord) -> Transaction {
    Transaction::new().put(Key::last_uses_mark(), codec::to_bytes(mark))
}

/// The user or role whose permissions an event's request had.
fn principal(record: &Json) -> Option<UniqueId> {
    let identity = record.get("userIdentity")?;
    let id = match identity.get("type")?.as_str()? {
        "IAMUser" => identity.get("principalId")?,
        "AssumedRole" | "FederatedUser" => identity.pointer("/sessionContext/sessionIssuer/principalId")?,
        _ => return None,
    };
    id.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use portcullis_base::Value;
    use portcullis_base::world::Clock as _;

    use super::*;
    use crate::actions::testing::{ALLOW_ALL, Ground};
    use crate::last_use::LastUse;

    async fn again(ground: &Ground) -> LastUses {
        let (service, now) = (&ground.service, ground.clock.now());
        LastUses::take_up(service.engine.as_ref(), &service.audit, &service.snapshot(), now).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_not_written_is_taken_from_the_events() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        let id = ground.service.snapshot().users.named(ground.account(), "alice").unwrap().record.id;
        ground.ask(&alice, "iam", "ListUsers", Value::structure()).await.unwrap();
        ground.forward(30);
        ground.ask(&alice, "sts", "GetCallerIdentity", Value::structure()).await.unwrap();
        let uses = ground.service.last_uses.all_of(id, ground.clock.now());
        assert_eq!(
            uses.iter().map(|(name, _)| &**name).collect::<Vec<_>>(),
            ["iam:ListUsers", "sts:GetCallerIdentity"]
        );
        assert_eq!(again(&ground).await.all_of(id, ground.clock.now()), uses);
    }

    #[tokio::test]
    async fn what_was_written_needs_no_events_and_whoever_is_gone_is_forgotten() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        let snapshot = ground.service.snapshot();
        let id = snapshot.users.named(ground.account(), "alice").unwrap().record.id;
        ground.ask(&alice, "iam", "ListUsers", Value::structure()).await.unwrap();
        let (uses, engine) = (&ground.service.last_uses, ground.service.engine.as_ref());
        ground.forward(3600);
        uses.keep(engine, &snapshot, ground.clock.now()).await.unwrap();
        let mark: LastUsesMarkRecord =
            codec::from_bytes(&engine.read(&Key::last_uses_mark()).await.unwrap().unwrap().value).unwrap();
        assert_eq!(mark.seen_until, ground.clock.now().minus(MARGIN));
        assert_eq!(again(&ground).await.all_of(id, ground.clock.now()).len(), 1);
        uses.keep(engine, &Snapshot::empty(ground.account()), ground.clock.now()).await.unwrap();
        assert!(engine.read(&Key::last_uses(id)).await.unwrap().is_none());
        assert!(uses.all_of(id, ground.clock.now()).is_empty());
        assert_eq!(again(&ground).await.of(id, ground.clock.now()), LastUse::Never);
    }
}
