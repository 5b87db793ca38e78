use portcullis_base::Value;

use super::*;
use crate::actions::testing::{ALLOW_ALL, Creds, Ground};

const DAY: u64 = 24 * 3600;

async fn session(ground: &Ground, creds: &Creds) -> Creds {
    let input = Value::structure().with("DurationSeconds", 900_i64);
    Creds::issued(&ground.ask(creds, "sts", "GetSessionToken", input).await.unwrap())
}

async fn revoke(ground: &Ground, kind: &str, target: &str) -> Value {
    let input = Value::structure().with("Kind", kind).with("Target", target);
    ground.ask(&ground.root, "portcullis", "Revoke", input).await.unwrap()
}

async fn all(ground: &Ground) -> Vec<ReceiptRecord> {
    let page = ground.service.engine.range(Range::prefix(key::RECEIPTS.as_bytes())).await.unwrap();
    page.items.iter().map(|(_, held)| codec::from_bytes(&held.value).unwrap()).collect()
}

async fn records(ground: &Ground) -> usize {
    ground.service.engine.range(Range::prefix(b"c/")).await.unwrap().items.len()
}

#[tokio::test]
async fn it_is_written_with_the_revocation_and_names_whom_it_hit() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let one = session(&ground, &alice).await;
    let told = revoke(&ground, "user", "alice").await;
    let [receipt] = &all(&ground).await[..] else { panic!("one receipt") };
    assert_eq!(Some(format!("rv-{:016x}", receipt.number).as_str()), told.text("ReceiptId"));
    assert_eq!((receipt.sessions, receipt.descendants, &receipt.state), (1, 0, &ReceiptState::InForce));
    assert_eq!(receipt.hits[0].access_key_id.as_str(), one.key);
    assert!(!receipt.hits[0].is_descendant);
}

#[tokio::test]
async fn a_session_that_ends_itself_leaves_one_too() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let own = session(&ground, &alice).await;
    ground.ask(&own, "portcullis", "RevokeOwnSession", Value::structure()).await.unwrap();
    assert_eq!(all(&ground).await[0].hits[0].access_key_id.as_str(), own.key);
}

#[tokio::test]
async fn what_is_issued_while_it_is_written_is_added() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    revoke(&ground, "user", "alice").await;
    let number = all(&ground).await[0].number;
    // As if it had been issued before, and seen after.
    let late = session(&ground, &alice).await;
    ground.service.catch_up().await;
    let now = ground.service.world.clock.now();
    let live = ground.service.sessions.get(&late.key.parse().unwrap(), now).unwrap();
    let hits = Hits { sessions: vec![live], descendants: Vec::new() };
    let before = ground.service.receipt(number).await.unwrap().unwrap();
    ground.service.complete_receipt(number, &hits).await.unwrap();
    let after = ground.service.receipt(number).await.unwrap().unwrap();
    assert_eq!(after.record.hits[0].access_key_id.as_str(), late.key);
    assert_eq!(after.record.cutoff(after.revision), before.record.cutoff(before.revision));
    // No decision reads it.
    assert!(ground.service.snapshot().epoch < after.revision);
}

#[tokio::test]
async fn it_is_marked_when_the_revocation_is_lifted_or_retires_and_goes_with_its_events() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let one = session(&ground, &alice).await;
    let lifted = revoke(&ground, "user", "alice").await;
    revoke(&ground, "session", &one.key).await;
    let input = Value::structure().with("RevocationId", lifted.text("ReceiptId").unwrap());
    ground.ask(&ground.root, "portcullis", "LiftRevocation", input).await.unwrap();
    ground.forward(901);
    assert_eq!(ground.service.retire_revocations().await.unwrap(), 1);
    let states: Vec<ReceiptState> = all(&ground).await.into_iter().map(|receipt| receipt.state).collect();
    let by_root = |by: &str| by == format!("arn:aws:iam::{}:root", ground.service.settings.account);
    assert!(
        states.iter().any(|state| matches!(state, ReceiptState::Lifted { by, .. } if by_root(by))),
        "{states:?}"
    );
    assert!(states.iter().any(|state| matches!(state, ReceiptState::Retired { .. })), "{states:?}");
    assert_eq!(records(&ground).await, 6);
    // The one that was lifted ended a quarter of an hour earlier.
    ground.forward(90 * DAY - 900);
    assert_eq!(ground.service.clear_receipts().await.unwrap(), 1);
    ground.forward(901);
    assert_eq!(ground.service.clear_receipts().await.unwrap(), 1);
    assert_eq!(records(&ground).await, 0);
}

#[tokio::test]
async fn one_that_is_in_force_never_goes() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    revoke(&ground, "access-key", &alice.key).await;
    ground.forward(1000 * DAY);
    assert_eq!(ground.service.clear_receipts().await.unwrap(), 0);
    assert_eq!(all(&ground).await.len(), 1);
}

#[tokio::test]
async fn a_revocation_without_a_receipt_is_lifted_and_retires_all_the_same() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let one = session(&ground, &alice).await;
    let lifted = revoke(&ground, "user", "alice").await;
    revoke(&ground, "session", &one.key).await;
    for receipt in all(&ground).await {
        let change = Transaction::new().delete(Key::receipt(receipt.number));
        ground.service.engine.commit(change).await.unwrap();
    }
    let input = Value::structure().with("RevocationId", lifted.text("ReceiptId").unwrap());
    ground.ask(&ground.root, "portcullis", "LiftRevocation", input).await.unwrap();
    ground.forward(901);
    assert_eq!(ground.service.retire_revocations().await.unwrap(), 1);
}

#[tokio::test]
async fn the_largest_receipts_are_marked_together() {
    let ground = Ground::new().await;
    ground.user("alice", None).await;
    let largest = |number: u64| {
        let about = ReceiptSession {
            arn: "a".repeat(700),
            issued: portcullis_base::Timestamp::EPOCH,
            expires: portcullis_base::Timestamp::EPOCH,
            source_identity: Some("s".repeat(64)),
        };
        let hit = |at| {
            // As many as a receipt describes.
            let about = (at < DESCRIBED_BYTES / codec::to_bytes(&about).len()).then(|| about.clone());
            let access_key_id = format!("ASIA{number:08}{at:08}").replace(['0', '1', '8', '9'], "A");
            ReceiptHit { access_key_id: access_key_id.parse().unwrap(), is_descendant: true, about }
        };
        (0..HITS_MAX).map(hit).collect::<Vec<_>>()
    };
    for _ in 0..40 {
        revoke(&ground, "user", "alice").await;
    }
    for receipt in all(&ground).await {
        let hits = largest(receipt.number % 100);
        let reason = Some("\u{10ffff}".repeat(1024));
        let receipt = ReceiptRecord { hits, reason, ..receipt };
        let change = Transaction::new().put(Key::receipt(receipt.number), codec::to_bytes(&receipt));
        ground.service.engine.commit(change).await.unwrap();
    }
    ground.forward(1);
    assert_eq!(ground.service.retire_revocations().await.unwrap(), 40);
    ground.forward(91 * DAY);
    assert_eq!(ground.service.clear_receipts().await.unwrap(), 40);
    assert_eq!(records(&ground).await, 0);
}

#[tokio::test]
async fn it_keeps_no_more_of_sessions_than_it_may() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    session(&ground, &alice).await;
    ground.service.catch_up().await;
    let live = ground.service.sessions.of_principal(
        ground.service.snapshot().users.named(ground.account(), "alice").unwrap().record.id,
        ground.service.world.clock.now(),
    );
    let hits = Hits { sessions: vec![live[0].clone(); HITS_MAX + 5], descendants: Vec::new() };
    revoke(&ground, "user", "alice").await;
    let mut receipt = all(&ground).await.remove(0);
    name(&mut receipt, &hits);
    assert_eq!((receipt.hits.len(), receipt.sessions, receipt.names_all()), (HITS_MAX, 2005, false));
    let described = receipt.hits.iter().filter(|hit| hit.about.is_some()).count();
    assert!(described > 100 && described < HITS_MAX, "{described}");
    assert!(codec::to_bytes(&receipt).len() < 96 * 1024);
}
