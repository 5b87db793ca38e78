//! The policies change while a request is under way. Once the change is acknowledged, the request is judged by the
//! new ones, however long ago it began, and nothing of it stays.

use portcullis_base::Tags;
use portcullis_store::record::UserRecord;

use super::*;
use crate::actions::testing::ALLOW_ALL;
use crate::draft::Draft;

/// Changes a user's record past every action, as another node would.
fn changed(ground: &Arc<Ground>, user: &'static str, change: fn(&mut UserRecord)) -> Happening {
    let ground = Arc::clone(ground);
    Box::pin(async move {
        let snapshot = ground.service.snapshot();
        let mut record = snapshot.users.named(ground.account(), user).unwrap().record.clone();
        change(&mut record);
        let mut draft = Draft::new();
        draft.put_user(&record);
        ground.write(draft).await;
    })
}

fn loses_all(record: &mut UserRecord) {
    record.inline.clear();
}

fn gains_a_tag(record: &mut UserRecord) {
    record.tags = Tags::from_iter([portcullis_base::Tag { key: "k".to_owned(), value: "v".to_owned() }]);
}

async fn ask_while(
    ground: &Ground,
    creds: &Creds,
    target: (&'static str, &str),
    input: Value,
    meanwhile: Happening,
) -> Result<(), ApiError> {
    let mut asked = Asked::new(creds, target.0, target.1, input);
    asked.meanwhile = Some(meanwhile);
    ground.service.handle(&mut asked).await.outcome.map(drop)
}

#[tokio::test]
async fn a_read_whose_input_came_slowly_meets_the_policies_of_its_end() {
    let (ground, _) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let meanwhile = put_policy(&ground, "alice", DENY_ALL);
    let outcome = ask_while(&ground, &alice, ("iam", "ListUsers"), Value::structure(), meanwhile).await;
    assert_eq!(code(&outcome), "AccessDenied");
    assert_eq!(ends(&ground, "ListUsers").await, ["AccessDenied"]);
}

/// At which revision the event says that its request was decided.
fn revision(event: &AuditEvent) -> Option<u64> {
    let record: serde_json::Value = serde_json::from_str(&event.json).unwrap();
    record["additionalEventData"]["revision"].as_u64()
}

#[tokio::test]
async fn an_event_says_at_which_revision_its_request_was_decided() {
    let (ground, _) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    ground.service.catch_up().await;
    let Revision(before) = ground.service.snapshot().revision;
    ground.ask(&alice, "iam", "ListUsers", Value::structure()).await.unwrap();
    ground.ask(&alice, "iam", "CreateGroup", of(&[("GroupName", "them")])).await.unwrap();
    let stranger = Creds { key: "AKIAIOSFODNN7EXAMPLE".to_owned(), ..alice.clone() };
    ground.ask(&stranger, "iam", "GetUser", of(&[("UserName", "alice")])).await.unwrap_err();
    for (name, told) in [("ListUsers", Some(before)), ("CreateGroup", Some(before)), ("GetUser", None)] {
        assert_eq!(revision(events(&ground, name).await.first().unwrap()), told, "{name}");
    }
}

#[tokio::test]
async fn a_credential_that_died_while_the_input_came_is_dead() {
    let (ground, _) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let dying = Arc::clone(&ground);
    let input = of(&[("UserName", "alice"), ("AccessKeyId", &alice.key)]);
    let meanwhile = Box::pin(async move {
        dying.ask(&dying.root, "iam", "DeleteAccessKey", input).await.unwrap();
    });
    let outcome = ask_while(&ground, &alice, ("iam", "ListUsers"), Value::structure(), meanwhile).await;
    assert_eq!(code(&outcome), "InvalidClientTokenId");

    let bob = ground.user("bob", Some(ALLOW_ALL)).await;
    let input = Value::structure().with("DurationSeconds", 900_i64);
    let issued = ground.ask(&bob, "sts", "GetSessionToken", input).await.unwrap();
    let later = Arc::clone(&ground);
    let meanwhile = Box::pin(async move { later.forward(901) });
    let session = Creds::issued(&issued);
    let outcome = ask_while(&ground, &session, ("s3", "ListBuckets"), Value::structure(), meanwhile).await;
    assert_eq!(code(&outcome), "ExpiredToken");
}

#[tokio::test]
async fn a_deletion_whose_input_came_slowly_deletes_nothing_after_the_revocation() {
    let (ground, _) = ground().await;
    bucket(&ground).await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    put_object(&ground, &ground.root, [Step::Bytes("kept")]).await.unwrap();
    let input = of(&[("Bucket", "box"), ("Key", "k")]);
    let meanwhile = put_policy(&ground, "alice", DENY_ALL);
    let outcome = ask_while(&ground, &alice, ("s3", "DeleteObject"), input, meanwhile).await;
    assert_eq!(code(&outcome), "AccessDenied");
    assert_eq!(held(&ground, "o/").await, 1);
    assert_eq!(ends(&ground, "DeleteObject").await, ["AccessDenied"]);
}

#[tokio::test]
async fn an_upload_that_was_revoked_while_its_bytes_came_leaves_nothing() {
    let (ground, _) = ground().await;
    bucket(&ground).await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let revoked = Step::Happens(put_policy(&ground, "alice", DENY_ALL));
    let outcome = put_object(&ground, &alice, [Step::Bytes("half"), revoked, Step::Bytes("rest")]).await;
    assert_eq!(code(&outcome), "AccessDenied");
    assert_eq!((held(&ground, "o/").await, held(&ground, "b/").await), (0, 0));
    assert_eq!(ends(&ground, "PutObject").await, ["AccessDenied"]);
    let told = events(&ground, "PutObject").await;
    assert!(told.first().unwrap().json.contains(r#""verdict":"ExplicitDeny:Identity""#), "{told:?}");
    // At the revision of the decision that counts, not at the one before it.
    let Revision(changed) = ground.service.snapshot().epoch;
    assert!(revision(told.first().unwrap()).unwrap() >= changed, "{told:?}");

    let bob = ground.user("bob", Some(ALLOW_ALL)).await;
    let unrelated = Step::Happens(put_policy(&ground, "alice", ALLOW_ALL));
    put_object(&ground, &bob, [Step::Bytes("half"), unrelated, Step::Bytes("rest")]).await.unwrap();
    assert_eq!(held(&ground, "o/").await, 1);
    assert_eq!(ends(&ground, "PutObject").await, ["AccessDenied", "allowed"]);
}

#[tokio::test]
async fn a_change_that_is_overtaken_is_decided_again() {
    let (ground, engine) = ground().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    engine.before_commit(changed(&ground, "alice", loses_all));
    let outcome = ground.ask(&alice, "iam", "CreateUser", of(&[("UserName", "made")])).await;
    assert_eq!(code(&outcome), "AccessDenied");
    assert!(ground.service.snapshot().users.named(ground.account(), "made").is_none());
    assert_eq!(ends(&ground, "CreateUser").await, ["AccessDenied"]);

    let bob = ground.user("bob", Some(ALLOW_ALL)).await;
    engine.before_commit(changed(&ground, "bob", gains_a_tag));
    ground.ask(&bob, "iam", "CreateUser", of(&[("UserName", "made")])).await.unwrap();
    assert_eq!(ends(&ground, "CreateUser").await, ["AccessDenied", "allowed"]);
}

#[tokio::test]
async fn no_session_is_issued_once_its_role_or_its_maker_is_gone() {
    for gone in ["role", "policy"] {
        let (ground, engine) = ground().await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        let trust = crate::actions::testing::trust(
            &["sts:AssumeRole"],
            &format!("arn:aws:iam::{}:root", ground.account()),
        );
        let role = ground.role("cut", &trust, None).await;
        let other = Arc::clone(&ground);
        engine.before_commit(async move {
            let root = &other.root;
            if gone == "role" {
                other.ask(root, "iam", "DeleteRole", of(&[("RoleName", "cut")])).await.unwrap();
            } else {
                put_policy(&other, "alice", DENY_ALL).await;
            }
        });
        let input = of(&[("RoleArn", &role), ("RoleSessionName", "s")]);
        let outcome = ground.ask(&alice, "sts", "AssumeRole", input).await;
        assert_eq!(code(&outcome), "AccessDenied", "{gone}");
        assert_eq!(held(&ground, "s/").await, 0, "{gone}");
        assert_eq!(ends(&ground, "AssumeRole").await, ["AccessDenied"], "{gone}");
    }
}

#[tokio::test]
async fn what_was_written_after_a_revocation_is_not_read_under_the_policies_before_it() {
    for (operation, input) in [
        ("HeadObject", of(&[("Bucket", "box"), ("Key", "k")])),
        ("GetObject", of(&[("Bucket", "box"), ("Key", "k")])),
        ("ListObjectsV2", of(&[("Bucket", "box")])),
    ] {
        let (ground, engine) = ground().await;
        bucket(&ground).await;
        let bob = ground.user("bob", Some(ALLOW_ALL)).await;
        let other = Arc::clone(&ground);
        engine.before_look(async move {
            put_policy(&other, "bob", DENY_ALL).await;
            put_object(&other, &other.root, [Step::Bytes("secret")]).await.unwrap();
        });
        let outcome = ground.ask(&bob, "s3", operation, input).await;
        assert_eq!(code(&outcome), "AccessDenied", "{operation}");
        assert_eq!(ends(&ground, operation).await, ["AccessDenied"], "{operation}");
    }
}
