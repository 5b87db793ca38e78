//! The world fails: what cannot be read, recorded or confirmed is refused, is told as such, and is one event.

use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis_base::world::World;
use portcullis_store::codec;
use portcullis_store::decorate::{Fault, FaultyEngine};
use portcullis_store::limits::HISTORY_CHANGES;
use portcullis_store::record::EpochRecord;

use super::*;
use crate::actions::testing::ALLOW_ALL;
use crate::audit::{AuditLog, LookupQuery};

/// Writes a record past every action, as a damaged or newer node would.
async fn write_record(engine: &dyn Engine, key: &str) {
    let transaction = Transaction::new().put(Key::text(key), b"not a record".to_vec());
    engine.commit(transaction).await.unwrap();
}

async fn until_fenced(ground: &Ground) {
    while ground.service.is_sound() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_node_that_cannot_read_a_change_answers_nothing_more() {
    let damaged = "i/user/123456789012/AIDAAAAAAAAAAAAAAAAAA";
    let of_a_newer_version = "i/revocation/123456789012/1";
    for key in [damaged, of_a_newer_version] {
        let (ground, _) = ground().await;
        bucket(&ground).await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        write_record(ground.service.engine.as_ref(), key).await;
        until_fenced(&ground).await;
        let nobody = Creds::none();
        for (creds, service, operation, input) in [
            (&alice, "sts", "GetCallerIdentity", Value::structure()),
            (&alice, "sts", "GetSessionToken", Value::structure()),
            (&ground.root, "iam", "CreateUser", of(&[("UserName", "made")])),
            (&alice, "cloudtrail", "LookupEvents", Value::structure()),
            (&nobody, "s3", "GetObject", of(&[("Bucket", "box"), ("Key", "k")])),
        ] {
            let outcome = ground.ask(creds, service, operation, input).await;
            assert_eq!(outcome.unwrap_err().status, 503, "{operation} after {key}");
        }
        assert_eq!(
            (held(&ground, "s/").await, held(&ground, "i/user/").await),
            (0, if key == damaged { 2 } else { 1 })
        );
    }
}

#[tokio::test]
async fn a_request_under_way_meets_the_fence_as_well() {
    let (ground, _) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let mut asked = Asked::new(&alice, "iam", "ListUsers", Value::structure());
    let other = Arc::clone(&ground);
    asked.meanwhile = Some(Box::pin(async move {
        write_record(other.service.engine.as_ref(), "i/new/1").await;
        until_fenced(&other).await;
    }));
    assert_eq!(ground.service.handle(&mut asked).await.outcome.map(drop).unwrap_err().status, 503);
}

#[tokio::test]
async fn a_change_that_the_fenced_node_cannot_apply_is_done_and_recorded_once() {
    let (ground, engine) = ground().await;
    let inner = Arc::clone(&engine);
    engine.before_commit(async move { write_record(&inner.inner, "i/new/1").await });
    ground.ask(&ground.root, "iam", "CreateUser", of(&[("UserName", "made")])).await.unwrap();
    assert!(!ground.service.is_sound());
    assert_eq!((held(&ground, "i/user/").await, ends(&ground, "CreateUser").await.len()), (1, 1));
}

#[tokio::test]
async fn a_node_whose_following_ends_is_fenced() {
    let (ground, _) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    ground.stop_following();
    until_fenced(&ground).await;
    assert_eq!(ground.ask(&alice, "iam", "ListUsers", Value::structure()).await.unwrap_err().status, 503);
    assert!(
        ground.service.wait_applied(Revision(u64::MAX)).await.is_err(),
        "nobody waits for what will not come"
    );
}

#[tokio::test]
async fn a_node_that_fell_behind_the_history_loads_everything_anew_and_the_key_ring_too() {
    let (ground, engine) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let service = &ground.service;
    let mut record = service.snapshot().users.named(ground.account(), "alice").unwrap().record.clone();
    record.inline.clear();
    let ring =
        service.ring().rotated(service.world.clock.now(), &service.master, service.world.entropy.as_ref());
    // None of these waits, so the follower gets no turn before all of them are there.
    let lost = Transaction::new()
        .put(Key::user(record.account, record.id), codec::to_bytes(&record))
        .put(Key::key_ring(), codec::to_bytes(&ring))
        .put(Key::epoch(), codec::to_bytes(&EpochRecord { at: service.world.clock.now() }));
    engine.inner.commit(lost).await.unwrap();
    for _ in 0..=HISTORY_CHANGES {
        engine.inner.commit(Transaction::new().put(Key::text("o/box/k"), Vec::new())).await.unwrap();
    }
    service.wait_applied(engine.revision()).await.unwrap();
    assert_eq!(service.ring().key_ids(), [1, 2]);
    assert_eq!(code(&ground.ask(&alice, "iam", "ListUsers", Value::structure()).await), "AccessDenied");
    ground.ask(&ground.root, "iam", "CreateUser", of(&[("UserName", "made")])).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_seen_a_later_revision_waits_for_it_a_second_at_most() {
    let (ground, _) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let now = ground.service.snapshot().revision;
    let asking = |revision: Revision| {
        let mut asked = Asked::new(&alice, "iam", "ListUsers", Value::structure());
        asked.facts.min_revision = Some(revision.0);
        asked
    };
    assert!(ground.service.handle(&mut asking(now)).await.outcome.is_ok());
    let began = tokio::time::Instant::now();
    let mut too_far = asking(Revision(now.0 + 1000));
    assert_eq!(ground.service.handle(&mut too_far).await.outcome.map(drop).unwrap_err().status, 503);
    assert_eq!(began.elapsed(), Duration::from_secs(1));

    // What it has seen is a revocation of its own: the policies of the wait's end decide.
    let next = ground.service.snapshot().revision.0 + 1;
    let mut asked = asking(Revision(next));
    let service = Arc::clone(&ground.service);
    let waiting = tokio::spawn(async move { service.handle(&mut asked).await.outcome.map(drop) });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    put_policy(&ground, "alice", DENY_ALL).await;
    assert_eq!(code(&waiting.await.unwrap()), "AccessDenied");
}

#[tokio::test]
async fn a_write_without_an_answer_is_one_event_whether_it_happened_or_not() {
    for (fault, users) in [(Fault::LoseAnswer, 1), (Fault::Refuse, 0)] {
        let engine = Arc::new(FaultyEngine::around(memory()));
        let directory = directory();
        let settings = AuditSettings::new(Some(directory.clone()));
        let ground = Ground::on(Arc::clone(&engine) as Arc<_>, settings.clone()).await;
        engine.on_commit(1, fault);
        let outcome = ground.ask(&ground.root, "iam", "CreateUser", of(&[("UserName", "made")])).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.status, 503);
        assert!(error.message.contains("not known"), "{error}");
        assert_eq!((held(&ground, "i/user/").await, ends(&ground, "CreateUser").await.len()), (users, 1));

        drop(ground);
        let again = AuditLog::open(settings, engine, World::system()).await.unwrap();
        let query = LookupQuery {
            account: crate::actions::testing::ACCOUNT.parse().unwrap(),
            attribute: None,
            start: None,
            end: None,
            max_results: 100,
            resume: None,
        };
        let events = again.lookup(query).await.unwrap().events;
        assert_eq!(events.iter().filter(|event| event.name == "CreateUser").count(), 1, "after {fault:?}");
        std::fs::remove_dir_all(directory).unwrap();
    }
}

fn directory() -> PathBuf {
    let mut random = [0; 8];
    World::system().entropy.fill(&mut random);
    std::env::temp_dir().join(format!("portcullis-handle-{}", hex::encode(random)))
}

/// A service whose journal takes nothing more.
async fn without_a_journal(directory: &Path) -> (Ground, Creds, AuditEvent) {
    let settings = AuditSettings { segment_bytes: 1, ..AuditSettings::new(Some(directory.to_owned())) };
    let ground = Ground::on(Arc::new(memory()), settings).await;
    let alice = ground.user("alice", None).await;
    ground.ask(&ground.root, "iam", "ListUsers", Value::structure()).await.unwrap();
    let nobody = Creds::none();
    ground.ask(&nobody, "s3", "ListBuckets", Value::structure()).await.unwrap_err();
    let event = events(&ground, "ListUsers").await.first().map(|event| (**event).clone()).unwrap();
    std::fs::rename(directory.join("journal"), directory.join("away")).unwrap();
    (ground, alice, event)
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_told() {
    let directory = directory();
    let (ground, alice, _) = without_a_journal(&directory).await;
    let nobody = Creds::none();
    for (creds, service, operation) in [
        (&ground.root, "iam", "ListUsers"),
        (&alice, "iam", "ListUsers"),
        (&alice, "sts", "GetCallerIdentity"),
        (&nobody, "s3", "ListBuckets"),
    ] {
        let error = ground.ask(creds, service, operation, Value::structure()).await.unwrap_err();
        assert_eq!((error.status, error.code.as_ref()), (503, "ServiceUnavailable"), "{operation}");
        assert!(!error.message.contains("alice"), "{error}");
    }
    // The event of a write lies in the store, with the write.
    ground.ask(&ground.root, "iam", "CreateUser", of(&[("UserName", "made")])).await.unwrap();
    std::fs::rename(directory.join("away"), directory.join("journal")).unwrap();
    assert_eq!(
        (held(&ground, "i/user/").await, ends(&ground, "CreateUser").await),
        (2, vec!["allowed".to_owned()])
    );
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_write_whose_event_finds_no_place_is_refused_and_not_done() {
    let directory = directory();
    let (ground, alice, waiting) = without_a_journal(&directory).await;
    while ground.service.audit.ready().is_ok() {
        ground.service.audit.committed(waiting.clone());
    }
    let refused = ground.ask(&ground.root, "iam", "CreateUser", of(&[("UserName", "made")])).await;
    assert_eq!(refused.unwrap_err().status, 503);
    assert_eq!(
        ground.ask(&alice, "sts", "GetSessionToken", Value::structure()).await.unwrap_err().status,
        503
    );
    assert_eq!((held(&ground, "i/user/").await, held(&ground, "s/").await), (1, 0));
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_defect_ends_its_request_with_an_event_and_nothing_else() {
    let (ground, _) = ground().await;
    bucket(&ground).await;
    let panics = || Box::pin(async { panic!("a defect") });
    let outcome = put_object(&ground, &ground.root, [Step::Bytes("half"), Step::Happens(panics())]).await;
    assert_eq!(code(&outcome), "InternalError");
    let mut asked = Asked::new(&ground.root, "iam", "ListUsers", Value::structure());
    asked.meanwhile = Some(panics());
    let outcome = ground.service.handle(&mut asked).await.outcome.map(drop);
    assert_eq!((code(&outcome), outcome.as_ref().unwrap_err().status), ("InternalFailure", 500));
    assert_eq!(ends(&ground, "PutObject").await, ["InternalError"]);
    assert_eq!(ends(&ground, "ListUsers").await, ["InternalFailure"]);
    let told = events(&ground, "PutObject").await;
    assert!(told.first().unwrap().json.contains(r#""type":"Root""#), "the event still says who it was");
    ground.ask(&ground.root, "iam", "CreateUser", of(&[("UserName", "made")])).await.unwrap();
}
