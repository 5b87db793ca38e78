use portcullis_store::{Key, Revision, Transaction, codec};

use super::*;
use crate::actions::testing::{ALLOW_ALL, Creds, Ground};

async fn session(ground: &Ground, creds: &Creds) -> Creds {
    Creds::issued(&ground.ask(creds, "sts", "GetSessionToken", Value::structure()).await.unwrap())
}

async fn uses(ground: &Ground, creds: &Creds) -> bool {
    ground.ask(creds, "sts", "GetCallerIdentity", Value::structure()).await.is_ok()
}

async fn revoke(ground: &Ground, kind: &str, target: &str) -> String {
    let input = Value::structure().with("Kind", kind).with("Target", target);
    let told = ground.ask(&ground.root, "portcullis", "Revoke", input).await.unwrap();
    assert_eq!((told.int("AllowedSince"), told.text("State")), (Some(0), Some("in-force")));
    told.text("ReceiptId").unwrap().to_owned()
}

async fn lift(ground: &Ground, id: &str) {
    let input = Value::structure().with("RevocationId", id);
    ground.ask(&ground.root, "portcullis", "LiftRevocation", input).await.unwrap();
}

async fn receipt(ground: &Ground, creds: &Creds, id: &str) -> Result<Value, ApiError> {
    ground.ask(creds, "portcullis", "DescribeReceipt", Value::structure().with("ReceiptId", id)).await
}

fn findings(told: &Value) -> Vec<&str> {
    told.list("Findings").iter().filter_map(Value::as_text).collect()
}

#[tokio::test]
async fn it_tells_the_last_allowed_the_first_denied_and_that_none_was_allowed_since() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let (one, spared) = (session(&ground, &alice).await, session(&ground, &alice).await);
    assert!(uses(&ground, &one).await);
    ground.forward(60);
    let id = revoke(&ground, "session", &one.key).await;
    for _ in 0..3 {
        ground.forward(60);
        assert!(!uses(&ground, &one).await && uses(&ground, &spared).await);
    }
    let told = receipt(&ground, &ground.root, &id).await.unwrap();
    let at = |member: &str| told.member(member).unwrap().time("Time").unwrap();
    let revoked = told.time("Time").unwrap();
    assert_eq!(at("LastAllowed").plus(std::time::Duration::from_mins(1)), revoked);
    assert_eq!(at("FirstDenied").minus(std::time::Duration::from_mins(1)), revoked);
    assert_eq!(told.member("FirstDenied").unwrap().text("EventName"), Some("GetCallerIdentity"));
    assert_eq!(told.member("LastAllowed").unwrap().text("AccessKeyId"), Some(one.key.as_str()));
    assert_eq!((told.int("AllowedSince"), told.bool("ProofComplete")), (Some(0), Some(true)));
    assert_eq!((told.text("State"), findings(&told)), (Some("in-force"), vec![]));
    assert_eq!(told.list("SessionsHit")[0].text("AccessKeyId"), Some(one.key.as_str()));
}

#[tokio::test]
async fn what_is_allowed_after_it_was_lifted_is_not_counted() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let one = session(&ground, &alice).await;
    let id = revoke(&ground, "user", "alice").await;
    assert!(!uses(&ground, &one).await);
    lift(&ground, &id).await;
    assert!(uses(&ground, &one).await);
    let told = receipt(&ground, &ground.root, &id).await.unwrap();
    assert_eq!((told.text("State"), told.int("AllowedSince")), (Some("lifted"), Some(0)));
    assert_eq!(told.text("EndedBy"), Some(format!("arn:aws:iam::{}:root", ground.account()).as_str()));
    assert!(told.member("FirstDenied").is_some() && told.member("LastAllowed").is_none());
    assert!(told.list("Nodes").is_empty() && told.list("OpenSources").is_empty());
}

#[tokio::test]
async fn a_request_that_was_allowed_all_the_same_is_counted_and_shown() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let one = session(&ground, &alice).await;
    let id = revoke(&ground, "user", "alice").await;
    // As if it had held from an earlier revision on than it did: what was allowed after that would be a failure.
    assert!(!uses(&ground, &one).await);
    lift(&ground, &id).await;
    assert!(uses(&ground, &one).await);
    let number = revocation::number_of(&id).unwrap();
    let mut kept = ground.service.receipt(number).await.unwrap().unwrap().record;
    kept.end = Some(u64::MAX);
    let change = Transaction::new().put(Key::receipt(number), codec::to_bytes(&kept));
    ground.service.engine.commit(change).await.unwrap();
    let told = receipt(&ground, &ground.root, &id).await.unwrap();
    assert_eq!(told.int("AllowedSince"), Some(1));
    assert_eq!(told.list("AllowedSinceRequests")[0].text("AccessKeyId"), Some(one.key.as_str()));
    assert_eq!(findings(&told).len(), 1);
}

#[tokio::test]
async fn a_zero_that_is_not_proved_is_not_told() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    session(&ground, &alice).await;
    let id = revoke(&ground, "user", "alice").await;
    let number = revocation::number_of(&id).unwrap();
    let kept = ground.service.receipt(number).await.unwrap().unwrap();
    let rewritten = async |change: Transaction| {
        ground.service.engine.commit(change).await.unwrap();
        let told = receipt(&ground, &ground.root, &id).await.unwrap();
        assert_eq!((told.int("AllowedSince"), told.bool("ProofComplete")), (None, Some(false)));
        assert_eq!(findings(&told).len(), 1, "{told:?}");
    };
    // One that hit more than it names; one of an older version; one that `recover` took away.
    let more = portcullis_store::record::ReceiptRecord { sessions: 3000, ..kept.record.clone() };
    let put = |record| Transaction::new().put(Key::receipt(number), codec::to_bytes(record));
    ground.service.engine.commit(put(&more)).await.unwrap();
    let told = receipt(&ground, &ground.root, &id).await.unwrap();
    assert_eq!((told.int("AllowedSince"), told.bool("ProofComplete")), (None, Some(false)));
    rewritten(Transaction::new().delete(Key::receipt(number))).await;
    ground.service.engine.commit(put(&kept.record)).await.unwrap();
    let place = Key::revocation(&kept.record.target, number);
    rewritten(Transaction::new().delete(place)).await;
}

#[tokio::test]
async fn a_session_that_is_cut_off_without_having_done_anything_is_proved_too() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let id = revoke(&ground, "access-key", &alice.key).await;
    assert!(!uses(&ground, &alice).await);
    let told = receipt(&ground, &ground.root, &id).await.unwrap();
    assert_eq!((told.int("AllowedSince"), told.bool("ProofComplete")), (Some(0), Some(true)));
    assert_eq!(told.member("FirstDenied").unwrap().text("AccessKeyId"), Some(alice.key.as_str()));
}

#[tokio::test]
async fn an_id_of_nothing_is_absent() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let one = session(&ground, &alice).await;
    let id = revoke(&ground, "user", "alice").await;
    let number = revocation::number_of(&id).unwrap();
    // The number is right, and the session is not its.
    let other = format!("rv-{}-{number:016x}", one.key);
    for id in ["", "rv-", "rv-0000000000000001", "x", &other] {
        assert_eq!(
            receipt(&ground, &ground.root, id).await.unwrap_err().code,
            "ResourceNotFoundException",
            "{id}"
        );
    }
    assert!(ground.service.snapshot().revision > Revision::ZERO);
}

async fn listed(ground: &Ground, more: Value) -> (Vec<(String, String)>, Option<String>) {
    let told = ground.ask(&ground.root, "portcullis", "ListReceipts", more).await.unwrap();
    let word = |held: &Value, name: &str| held.text(name).unwrap().to_owned();
    let all = told.list("Receipts").iter().map(|held| (word(held, "ReceiptId"), word(held, "State")));
    (all.collect(), told.text("NextToken").map(str::to_owned))
}

#[tokio::test]
async fn all_are_listed_the_latest_first_page_by_page() {
    let ground = Ground::new().await;
    ground.user("alice", None).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(revoke(&ground, "user", "alice").await);
        ground.forward(1);
    }
    lift(&ground, &made[1]).await;
    made.reverse();
    let (all, none) = listed(&ground, Value::structure()).await;
    assert_eq!((all.iter().map(|(id, _)| id).collect::<Vec<_>>(), none), (made.iter().collect(), None));
    assert_eq!(all[3].1, "lifted");
    let (mut paged, mut input) = (Vec::new(), Value::structure().with("MaxResults", 2_i64));
    loop {
        let (page, next) = listed(&ground, input.clone()).await;
        paged.extend(page);
        let Some(next) = next else { break };
        input = Value::structure().with("MaxResults", 2_i64).with("NextToken", next.as_str());
    }
    assert_eq!(paged, all);
    let wrong = Value::structure().with("NextToken", "c/receipt/");
    let refused = ground.ask(&ground.root, "portcullis", "ListReceipts", wrong).await.unwrap_err();
    assert_eq!(refused.code, "InvalidInputException");
}
