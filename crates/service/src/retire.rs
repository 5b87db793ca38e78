//! Revocations retire when the last session that they could match has ended: what an administrator would keep for
//! twelve hours and then forget to take away.
//!
//! A clock that ran ahead must not undo anything: with the first revocation that goes, it is written down what counts as
//! ended for good, so that no session comes back to life when the clock is set right.

use portcullis_base::Timestamp;
use portcullis_store::record::{EndedMark, EndedRecord, ReceiptState, RevocationRecord, RevocationTarget};
use portcullis_store::{CommitError, Guard, Key, Range, Revision, StoreError, codec, key};
use serde_json::json;

use crate::audit::{AuditEvent, OwnDoing};
use crate::draft::Draft;
use crate::receipt::Kept;
use crate::revocation::Hits;
use crate::service::Service;
use crate::snapshot::{Snapshot, revocation};

/// Revocations that are looked at in one transaction: five records each, of which one holds what was hit.
const AT_ONCE: usize = 12;

/// One that is due to be looked at.
struct Due {
    end: Key,
    key: Key,
    record: RevocationRecord,
    revision: Revision,
    receipt: Option<Kept>,
}

impl Service {
    /// Takes away the revocations that can match no session any more, each with an event. Answers how many.
    ///
    /// # Errors
    /// When the store fails, or policies changed meanwhile; the next minute tries again.
    pub async fn retire_revocations(&self) -> Result<usize, CommitError> {
        let mut retired = 0;
        loop {
            let now = self.world.clock.now();
            let _turn = self.writer.lock().await;
            let (due, stale) = self.due_revocations(now).await?;
            if due.is_empty() && stale.is_empty() {
                return Ok(retired);
            }
            retired += self.look_again(due, stale, now).await?;
        }
    }

    /// Those whose time has come, and what stands in the order of ends for revocations that are gone.
    async fn due_revocations(&self, now: Timestamp) -> Result<(Vec<Due>, Vec<Key>), StoreError> {
        let range = Range::between(Key::text(key::REVOCATION_ENDS), Key::revocation_ends_before(now));
        let page = self.engine.range(range.limit(AT_ONCE)).await?;
        let (mut due, mut stale) = (Vec::new(), Vec::new());
        for (end, _) in page.items {
            let Some(key) = of_end(&end) else {
                stale.push(end);
                continue;
            };
            match self.engine.read(&key).await? {
                None => stale.push(end),
                Some(held) => {
                    let record: RevocationRecord = codec::from_bytes(&held.value)?;
                    let receipt = self.receipt(record.number).await?;
                    due.push(Due { end, key, record, revision: held.revision, receipt });
                }
            }
        }
        Ok((due, stale))
    }

    async fn look_again(&self, due: Vec<Due>, stale: Vec<Key>, now: Timestamp) -> Result<usize, CommitError> {
        let snapshot = self.snapshot();
        let (mut draft, mut events) = (Draft::new(), Vec::new());
        for end in stale {
            draft.delete(end);
        }
        for Due { end, key, mut record, revision, receipt } in due {
            let cutoff = record.cutoff(revision);
            let hits = Hits::of(&self.sessions, &snapshot, &record, cutoff, now);
            draft.guard(Guard::At(key.clone(), revision));
            draft.delete(end);
            if let Some(until) = hits.until() {
                // Issued just before it, and not known when it was made.
                (record.cutoff, record.until) = (Some(cutoff), Some(until));
                draft.put_revocation(&record);
            } else if keeps_somebody_out(&snapshot, &record) {
                (record.cutoff, record.until) = (Some(cutoff), None);
                draft.put_revocation(&record);
            } else {
                draft.delete(key);
                if let Some(receipt) = receipt {
                    draft.end_receipt(receipt, ReceiptState::Retired { at: now });
                }
                events.push(self.retirement(&record));
            }
        }
        if !events.is_empty() {
            draft.put(Key::ended(), codec::to_bytes(&ended(snapshot.ended(), now, snapshot.revision)));
        }
        let retired = events.len();
        self.commit(draft, snapshot.epoch, events).await?;
        Ok(retired)
    }

    fn retirement(&self, record: &RevocationRecord) -> AuditEvent {
        let id = revocation::id(&record.target, record.number);
        let doing = OwnDoing {
            name: "RevocationRetired",
            source: "portcullis.amazonaws.com",
            username: None,
            resources: Vec::new(),
            details: json!({ "revocationId": id, "revokedBy": record.by, "revokedAt": record.at.iso_seconds() }),
        };
        doing.event(&self.world, record.account, &self.settings.region)
    }
}

/// Whether it still keeps a person from new sessions who could get one without it.
fn keeps_somebody_out(snapshot: &Snapshot, record: &RevocationRecord) -> bool {
    let Some(RevocationTarget::Person(user)) = &record.blocked else { return false };
    snapshot.directory.user(user).is_some_and(|user| user.is_enabled)
}

/// The key of the revocation that stands in the order of ends.
fn of_end(end: &Key) -> Option<Key> {
    let text = std::str::from_utf8(&end.0).ok()?.strip_prefix(key::REVOCATION_ENDS)?;
    text.split_once('/').map(|(_, key)| Key::text(key))
}

/// The marks with one more. Those that it covers are dropped.
fn ended(marks: &[EndedMark], now: Timestamp, revision: Revision) -> EndedRecord {
    let later = marks.iter().copied().filter(|mark| mark.at > now);
    EndedRecord { marks: later.chain([EndedMark { at: now, revision: revision.0 }]).collect() }
}

#[cfg(test)]
mod tests {
    use portcullis_base::Value;

    use super::*;
    use crate::actions::testing::{ALLOW_ALL, BEGINNING, Creds, Ground};

    async fn session(ground: &Ground, creds: &Creds, seconds: i64) -> Creds {
        let input = Value::structure().with("DurationSeconds", seconds);
        Creds::issued(&ground.ask(creds, "sts", "GetSessionToken", input).await.unwrap())
    }

    async fn revoke(ground: &Ground, kind: &str, target: &str) -> Value {
        let input = Value::structure().with("Kind", kind).with("Target", target);
        ground.ask(&ground.root, "portcullis", "Revoke", input).await.unwrap()
    }

    async fn code(ground: &Ground, creds: &Creds) -> String {
        match ground.ask(creds, "sts", "GetCallerIdentity", Value::structure()).await {
            Ok(_) => "works".to_owned(),
            Err(error) => error.code.into_owned(),
        }
    }

    #[tokio::test]
    async fn it_goes_with_the_last_session_that_it_could_match_and_says_so() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        let short = session(&ground, &alice, 900).await;
        let long = session(&ground, &alice, 3600).await;
        revoke(&ground, "session", &short.key).await;
        revoke(&ground, "user", "alice").await;
        let key = revoke(&ground, "access-key", &alice.key).await;
        for (seconds, retired, left) in [(899, 0, 3), (2, 1, 2), (2698, 0, 2), (2, 1, 1), (1_000_000, 0, 1)] {
            ground.forward(seconds);
            assert_eq!(ground.service.retire_revocations().await.unwrap(), retired);
            assert_eq!(ground.service.snapshot().revocations.len(), left);
        }
        assert_eq!(code(&ground, &long).await, "ExpiredToken");
        assert!(key.time("Until").is_none());
        let events = ground.events().await;
        let told = events.iter().filter(|event| event.name == "RevocationRetired").count();
        assert_eq!(told, 2);
    }

    #[tokio::test]
    async fn one_that_hits_nobody_goes_at_once() {
        let ground = Ground::new().await;
        ground.user("alice", None).await;
        let receipt = revoke(&ground, "user", "alice").await;
        assert_eq!(receipt.list("Findings").len(), 1);
        ground.forward(1);
        assert_eq!(ground.service.retire_revocations().await.unwrap(), 1);
        assert!(ground.service.snapshot().revocations.is_empty());
    }

    #[tokio::test]
    async fn a_clock_that_ran_ahead_brings_no_session_back() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        let (cut, other) = (session(&ground, &alice, 900).await, session(&ground, &alice, 3600).await);
        revoke(&ground, "session", &cut.key).await;
        ground.forward(1_000);
        assert_eq!(ground.service.retire_revocations().await.unwrap(), 1);
        ground.clock.set(Timestamp::from_millis(BEGINNING));
        assert_eq!(code(&ground, &cut).await, "ExpiredToken");
        // What had not ended by that clock goes on, and so does what is issued since.
        assert_eq!(code(&ground, &other).await, "works");
        let young = session(&ground, &alice, 900).await;
        assert_eq!(code(&ground, &young).await, "works");
    }
}
