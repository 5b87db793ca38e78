//! Access keys, and whose they are when nobody is named.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_base::world::{Entropy, SystemEntropy};

use super::*;
use crate::actions::testing::Creds;
use crate::audit::AuditSettings;

fn creds(answer: &Value) -> Creds {
    let key = answer.member("AccessKey").unwrap();
    Creds {
        key: key.text("AccessKeyId").unwrap().to_owned(),
        secret: key.text("SecretAccessKey").unwrap().to_owned().into(),
        token: None,
    }
}

#[tokio::test]
async fn a_key_works_until_it_is_switched_off_or_deleted() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[("UserName", "u")]).await;
    done(&ground, "PutUserPolicy", &[("UserName", "u"), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)])
        .await;
    let first = creds(&done(&ground, "CreateAccessKey", &[("UserName", "u")]).await);
    let second = creds(&done(&ground, "CreateAccessKey", &[("UserName", "u")]).await);
    let third = refused(&ground, "CreateAccessKey", &[("UserName", "u")]).await;
    assert_eq!(third, error("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"));
    let own = call(&ground, &first, "ListAccessKeys", of(&[])).await.unwrap();
    assert_eq!(own.list("AccessKeyMetadata").len(), 2, "no name means the caller");

    let switch = [("UserName", "u"), ("AccessKeyId", first.key.as_str()), ("Status", "Inactive")];
    done(&ground, "UpdateAccessKey", &switch).await;
    let off = ground.ask(&first, "iam", "ListUsers", of(&[])).await.unwrap_err();
    assert_eq!(off.code, "InvalidClientTokenId");
    call(&ground, &second, "UpdateAccessKey", of(&[("AccessKeyId", &first.key), ("Status", "Active")]))
        .await
        .unwrap();
    call(&ground, &first, "ListUsers", of(&[])).await.unwrap();
    let expired = [("UserName", "u"), ("AccessKeyId", first.key.as_str()), ("Status", "Expired")];
    assert_eq!(refused(&ground, "UpdateAccessKey", &expired).await.0, "InvalidInput");
    done(&ground, "DeleteAccessKey", &[("UserName", "u"), ("AccessKeyId", &first.key)]).await;
    assert_eq!(
        ground.ask(&first, "iam", "ListUsers", of(&[])).await.unwrap_err().code,
        "InvalidClientTokenId"
    );
}

#[tokio::test]
async fn a_key_is_found_under_its_own_user_only() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", None).await;
    ground.user("bob", None).await;
    let message = format!("The Access Key with id {} cannot be found.", alice.key);
    for user in [&[("UserName", "bob")][..], &[]] {
        let mut input = vec![("AccessKeyId", alice.key.as_str())];
        input.extend(user);
        let outcome = refused(&ground, "DeleteAccessKey", &input).await;
        assert_eq!(outcome, error("NoSuchEntity", 404, &message), "root without a name means root's keys");
    }
}

#[tokio::test]
async fn root_has_keys_of_its_own() {
    let ground = Ground::new().await;
    let second = creds(&done(&ground, "CreateAccessKey", &[]).await);
    assert_eq!(refused(&ground, "CreateAccessKey", &[]).await.0, "LimitExceeded");
    let shown = call(&ground, &second, "GetUser", of(&[])).await.unwrap();
    assert_eq!(shown.member("User").unwrap().text("Arn"), Some(arn("root").as_str()));
    let listed = done(&ground, "ListAccessKeys", &[]).await;
    assert_eq!(listed.list("AccessKeyMetadata").len(), 2);
    assert!(listed.list("AccessKeyMetadata").iter().all(|key| key.text("UserName").is_none()));
    call(&ground, &second, "DeleteAccessKey", of(&[("AccessKeyId", &ground.root.key)])).await.unwrap();
    assert_eq!(
        ground.ask(&ground.root, "iam", "ListUsers", of(&[])).await.unwrap_err().code,
        "InvalidClientTokenId"
    );
}

#[tokio::test]
async fn a_role_session_must_say_whose() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("r", &trust(&["sts:AssumeRole"], &arn("user/alice")), Some(ALLOW_ALL)).await;
    let assume = of(&[("RoleArn", &role), ("RoleSessionName", "s")]);
    let session = Creds::issued(&ground.ask(&alice, "sts", "AssumeRole", assume).await.unwrap());
    for action in ["GetUser", "CreateAccessKey", "ListAccessKeys", "ListMFADevices"] {
        let outcome = call(&ground, &session, action, of(&[])).await.unwrap_err();
        assert_eq!((&*outcome.code, outcome.status), ("ValidationError", 400));
        assert_eq!(outcome.message, "Must specify userName when calling with non-User credentials");
    }
    call(&ground, &session, "GetUser", of(&[("UserName", "alice")])).await.unwrap();
}

#[tokio::test]
async fn the_secret_is_in_one_answer_and_in_no_event() {
    let ground = Ground::new().await;
    let made = done(&ground, "CreateAccessKey", &[]).await;
    let secret = made.member("AccessKey").unwrap().text("SecretAccessKey").unwrap().to_owned();
    assert_eq!(secret.len(), 40);
    let id = made.member("AccessKey").unwrap().text("AccessKeyId").unwrap().to_owned();
    done(&ground, "DeleteAccessKey", &[("AccessKeyId", &id)]).await;
    let concerned = ("AWS::IAM::AccessKey".to_owned(), id);
    let mut found = Vec::new();
    for event in ground.events().await {
        assert!(!event.json.contains(&secret), "{}", event.name);
        if event.resources.contains(&concerned) {
            found.push(event.name.clone());
        }
    }
    found.sort();
    assert_eq!(found, ["CreateAccessKey", "DeleteAccessKey"], "but both events are found by the key");
}

#[tokio::test]
async fn the_last_use_of_a_key_is_what_the_events_say() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let key = [("AccessKeyId", alice.key.as_str())];
    let never = done(&ground, "GetAccessKeyLastUsed", &key).await;
    assert_eq!(never.text("UserName"), Some("alice"));
    let never = never.member("AccessKeyLastUsed").unwrap();
    assert_eq!((never.text("ServiceName"), never.text("Region")), (Some("N/A"), Some("N/A")));
    ground.ask(&alice, "sts", "GetCallerIdentity", of(&[])).await.unwrap();
    let used = done(&ground, "GetAccessKeyLastUsed", &key).await;
    let used = used.member("AccessKeyLastUsed").unwrap();
    assert_eq!((used.text("ServiceName"), used.text("Region")), (Some("sts"), Some("us-east-1")));
    assert!(used.time("LastUsedDate").is_some());
    let absent = refused(&ground, "GetAccessKeyLastUsed", &[("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")]).await;
    assert_eq!((absent.0.as_str(), absent.1), ("AccessDenied", 403));
}

/// Draws the same bytes of an access key id so many times more, and chance otherwise.
struct Stuck(AtomicUsize);

/// As many bytes as an access key id takes, and nothing else.
const ID_BYTES: usize = 10;

impl Entropy for Stuck {
    fn fill(&self, bytes: &mut [u8]) {
        let is_stuck = bytes.len() == ID_BYTES
            && self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_stuck { bytes.fill(7) } else { SystemEntropy.fill(bytes) }
    }
}

#[tokio::test]
async fn an_id_that_is_taken_is_drawn_anew_and_never_written_over() {
    let chance = Arc::new(Stuck(AtomicUsize::new(0)));
    let engine = Arc::new(portcullis_store::memory());
    let ground = Ground::by_chance(engine, AuditSettings::new(None), Arc::clone(&chance) as Arc<_>).await;
    for name in ["first", "second", "third"] {
        done(&ground, "CreateUser", &[("UserName", name)]).await;
    }
    let made = async |name: &str, draws: usize| {
        chance.0.store(draws, Ordering::SeqCst);
        root(&ground, "CreateAccessKey", &[("UserName", name)]).await
    };
    let first = creds(&made("first", 1).await.unwrap());
    let second = creds(&made("second", 5).await.unwrap());
    assert_eq!(chance.0.load(Ordering::SeqCst), 0, "each of them was drawn");
    assert_ne!(first.key, second.key);

    let before = ground.service.snapshot().epoch;
    let input = of(&[("UserName", "third")]);
    chance.0.store(usize::MAX, Ordering::SeqCst);
    let stuck = ground.ask(&ground.root, "iam", "CreateAccessKey", input).await.unwrap_err();
    assert_eq!((stuck.code.as_ref(), stuck.status), ("InternalFailure", 500));
    assert_eq!(ground.service.snapshot().epoch, before);
    for (key, name) in [(&first, "first"), (&second, "second")] {
        let caller = ground.ask(key, "sts", "GetCallerIdentity", of(&[])).await.unwrap();
        assert_eq!(caller.text("Arn"), Some(arn(&format!("user/{name}")).as_str()));
    }
    assert!(
        done(&ground, "ListAccessKeys", &[("UserName", "third")]).await.list("AccessKeyMetadata").is_empty()
    );
}
