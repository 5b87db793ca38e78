//! What must be done from time to time: turning the key ring, clearing away sessions that have ended, retiring
//! revocations that can match none any more, clearing away their receipts when their time has come, and writing down what was last used.
//!
//! Nothing here decides whether a token is good: expiry is a comparison made at each use. A minute that is missed only
//! means that something lies about for longer.

use std::sync::Arc;
use std::time::Duration;

use portcullis_base::Timestamp;
use portcullis_store::limits::TRANSACTION_OPERATIONS;
use portcullis_store::record::{KeyRingRecord, RingKeyRecord};
use portcullis_store::{
    CommitError, Guard, Key, Range, Revision, StoreError, Transaction, Versioned, codec, key,
};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::audit::{AuditLog, OwnDoing};
use crate::service::Service;
use crate::token::Ring;

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_mins(1);
/// Ended sessions that are cleared away at once: two records each.
const SESSIONS_AT_ONCE: usize = TRANSACTION_OPERATIONS / 2;

/// Why the ring was not turned.
#[derive(Debug, thiserror::Error)]
pub enum NotTurned {
    /// There is no ring, or none that this master key opens.
    #[error("the key ring cannot be read")]
    Unreadable,
    /// It could not be written.
    #[error("the key ring could not be written: {0}")]
    Write(#[from] CommitError),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
}

impl Service {
    /// Works in the background until told to stop.
    pub async fn tend(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut minutes = interval(EVERY);
        minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = minutes.tick() => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
            if let Err(error) = self.keep_ring().await {
                tracing::error!(%error, "the session token keys could not be tended; the next minute tries again");
            }
            if let Err(error) = self.clear_sessions(&stop).await {
                tracing::error!(%error, "ended sessions could not be cleared away; the next minute tries again");
            }
            if let Err(error) = self.clear_assertions(&stop).await {
                tracing::error!(%error, "ended assertions could not be cleared away; the next minute tries again");
            }
            if let Err(error) = self.retire_revocations().await {
                tracing::warn!(%error, "revocations could not be looked at; the next minute tries again");
            }
            if let Err(error) = self.clear_receipts().await {
                tracing::warn!(%error, "old receipts could not be cleared away; the next minute tries again");
            }
            self.keep_last_uses().await;
        }
        self.keep_last_uses().await;
    }

    async fn keep_last_uses(&self) {
        let now = self.world.clock.now();
        if let Err(error) = self.last_uses.keep(self.engine.as_ref(), &self.snapshot(), now).await {
            tracing::error!(%error, "last uses could not be written; the next minute tries again");
        }
    }

    /// Makes a new key that seals session tokens from now on. Live sessions are not touched: the old key opens their
    /// tokens until the last of them has ended.
    ///
    /// # Errors
    /// [`NotTurned`]; tokens are sealed as before then. [`CommitError::Conflict`] in it when another node was faster.
    pub async fn rotate_keys(&self) -> Result<(), NotTurned> {
        let (ring, revision) = self.stored_ring().await?;
        let next = ring.rotated(self.world.clock.now(), &self.master, self.world.entropy.as_ref());
        self.put_ring("SessionTokenKeyRotated", &ring, next, revision).await
    }

    /// Rotates the ring if it is time, and destroys keys that have served.
    ///
    /// # Errors
    /// As [`Service::rotate_keys`].
    pub async fn keep_ring(&self) -> Result<(), NotTurned> {
        let now = self.world.clock.now();
        let (ring, revision) = self.stored_ring().await?;
        let done = if ring.is_due(now) {
            self.rotate_keys().await
        } else if ring.has_spent(now) {
            self.put_ring("SessionTokenKeyDestroyed", &ring, ring.pruned(now), revision).await
        } else {
            Ok(())
        };
        match done {
            // Another node has done it.
            Err(NotTurned::Write(CommitError::Conflict)) => Ok(()),
            done => done,
        }
    }

    /// The ring as it is stored, and the revision that a change of it must be guarded by.
    pub(crate) async fn stored_ring(&self) -> Result<(Ring, Revision), NotTurned> {
        let held: Versioned = self.engine.read(&Key::key_ring()).await?.ok_or(NotTurned::Unreadable)?;
        let record: KeyRingRecord = codec::from_bytes(&held.value)?;
        let ring = Ring::open(&self.deployment, record, &self.master).map_err(|_| NotTurned::Unreadable)?;
        Ok((ring, held.revision))
    }

    async fn put_ring(
        &self,
        name: &'static str,
        old: &Ring,
        next: KeyRingRecord,
        revision: Revision,
    ) -> Result<(), NotTurned> {
        let ids: Vec<u32> = next.keys.iter().map(|key: &RingKeyRecord| key.id).collect();
        let destroyed: Vec<u32> = old.key_ids().into_iter().filter(|id| !ids.contains(id)).collect();
        let event = OwnDoing {
            name,
            source: "sts.amazonaws.com",
            username: None,
            resources: Vec::new(),
            details: json!({ "sealsWith": ids.last(), "keys": ids, "destroyed": destroyed }),
        }
        .event(&self.world, self.settings.account, &self.settings.region);
        let (event_key, event_value) = AuditLog::draft(&event);
        let transaction = Transaction::new()
            .guard(Guard::At(Key::key_ring(), revision))
            .put(Key::key_ring(), codec::to_bytes(&next))
            .put(event_key, event_value);
        let revision = self.engine.commit(transaction).await?;
        self.audit.committed(event);
        self.wait_applied(revision).await?;
        Ok(())
    }

    /// Clears away the records of sessions that have ended.
    ///
    /// # Errors
    /// When the store fails; what was cleared away stays so.
    pub async fn clear_sessions(&self, stop: &watch::Receiver<bool>) -> Result<usize, CommitError> {
        let mut cleared = 0;
        while !*stop.borrow() {
            let ended = self.ended_sessions(self.world.clock.now()).await?;
            let Some(transaction) = clearing(&ended) else { break };
            self.engine.commit(transaction).await?;
            cleared += ended.len();
        }
        Ok(cleared)
    }

    async fn ended_sessions(&self, now: Timestamp) -> Result<Vec<Key>, StoreError> {
        let range = Range::between(Key::text(key::SESSION_ENDS), Key::session_ends_before(now));
        let page = self.engine.range(range.limit(SESSIONS_AT_ONCE)).await?;
        Ok(page.items.into_iter().map(|(key, _)| key).collect())
    }
}

/// Removes what stands in the order of ends, and the sessions themselves.
fn clearing(ended: &[Key]) -> Option<Transaction> {
    let sessions = ended.iter().filter_map(|end| {
        let id = end.0.rsplit(|byte| *byte == b'/').next()?;
        std::str::from_utf8(id).ok()?.parse().ok()
    });
    let transaction = ended.iter().fold(Transaction::new(), |made, end| made.delete(end.clone()));
    let transaction = sessions.fold(transaction, |made, id| made.delete(Key::session(&id)));
    (!ended.is_empty()).then_some(transaction)
}

#[cfg(test)]
mod tests {
    use portcullis_base::Value;
    use portcullis_store::Range;

    use super::*;
    use crate::actions::testing::{ALLOW_ALL, Creds, Ground};

    const HOUR: u64 = 3600;

    async fn session(ground: &Ground, seconds: i64) -> Creds {
        let alice = ground.user(&ground.service.random_id(8), Some(ALLOW_ALL)).await;
        let input = Value::structure().with("DurationSeconds", seconds);
        Creds::issued(&ground.ask(&alice, "sts", "GetSessionToken", input).await.unwrap())
    }

    async fn code(ground: &Ground, creds: &Creds) -> String {
        match ground.ask(creds, "sts", "GetCallerIdentity", Value::structure()).await {
            Ok(_) => "works".to_owned(),
            Err(error) => error.code.into_owned(),
        }
    }

    async fn records(ground: &Ground, prefix: &str) -> usize {
        ground.service.engine.range(Range::prefix(prefix.as_bytes())).await.unwrap().items.len()
    }

    #[tokio::test]
    async fn a_rotation_ends_no_session_and_is_told() {
        let ground = Ground::new().await;
        let before = session(&ground, 129_600).await;
        ground.service.rotate_keys().await.unwrap();
        let after = session(&ground, 129_600).await;
        assert_eq!(ground.service.ring().key_ids(), [1, 2]);
        for creds in [&before, &after] {
            assert_eq!(code(&ground, creds).await, "works");
        }
        let event = ground.events().await.into_iter().find(|event| event.name == "SessionTokenKeyRotated");
        assert!(event.unwrap().json.contains(r#""sealsWith":2"#));
    }

    #[tokio::test]
    async fn the_ring_is_turned_daily_and_a_session_of_36_hours_outlives_it() {
        let ground = Ground::new().await;
        ground.forward(24 * HOUR - 1);
        ground.service.keep_ring().await.unwrap();
        assert_eq!(ground.service.ring().key_ids(), [1]);
        let longest = session(&ground, 129_600).await;
        ground.forward(1);
        ground.service.keep_ring().await.unwrap();
        assert_eq!(ground.service.ring().key_ids(), [1, 2]);
        ground.forward(36 * HOUR - 2);
        ground.service.keep_ring().await.unwrap();
        assert_eq!(ground.service.ring().key_ids(), [1, 2, 3]);
        assert_eq!(code(&ground, &longest).await, "works");
        ground.forward(1);
        assert_eq!(code(&ground, &longest).await, "ExpiredToken");
        ground.forward(61);
        ground.service.keep_ring().await.unwrap();
        assert_eq!(ground.service.ring().key_ids(), [2, 3]);
        assert_eq!(code(&ground, &longest).await, "InvalidClientTokenId");
    }

    #[tokio::test]
    async fn ended_sessions_are_cleared_away_and_live_ones_are_not() {
        let ground = Ground::new().await;
        let stop = watch::Sender::new(false);
        let alice = ground.user("alice", None).await;
        let short = Value::structure().with("DurationSeconds", 900_i64);
        for _ in 0..=2 * SESSIONS_AT_ONCE {
            ground.ask(&alice, "sts", "GetSessionToken", short.clone()).await.unwrap();
        }
        let long = session(&ground, 1800).await;
        assert_eq!(ground.service.clear_sessions(&stop.subscribe()).await.unwrap(), 0);
        ground.forward(901);
        assert_eq!(ground.service.clear_sessions(&stop.subscribe()).await.unwrap(), 2 * SESSIONS_AT_ONCE + 1);
        assert_eq!((records(&ground, "s/").await, records(&ground, key::SESSION_ENDS).await), (1, 1));
        assert_eq!(code(&ground, &long).await, "works");
    }
}
