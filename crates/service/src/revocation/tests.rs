//! Who is hit by a revocation, and who is not: asked of the whole service.

use portcullis_base::Value;

mod person;

use crate::actions::testing::{ALLOW_ALL, BEGINNING, Creds, Ground, trust};
use crate::error::ApiError;
use portcullis_base::Timestamp;

async fn call(
    ground: &Ground,
    creds: &Creds,
    service: &'static str,
    action: &str,
    input: Value,
) -> Result<Value, ApiError> {
    ground.ask(creds, service, action, input).await
}

fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

async fn assume(ground: &Ground, creds: &Creds, role: &str, name: &str) -> Result<Creds, ApiError> {
    let input = of(&[("RoleArn", role), ("RoleSessionName", name)]);
    call(ground, creds, "sts", "AssumeRole", input).await.map(|answer| Creds::issued(&answer))
}

async fn revoke(ground: &Ground, kind: &str, target: &str) -> Value {
    let input = of(&[("Kind", kind), ("Target", target)]);
    call(ground, &ground.root, "portcullis", "Revoke", input).await.unwrap()
}

/// Whether the credentials still work: where no permission is needed and where one is, they agree.
async fn works(ground: &Ground, creds: &Creds) -> bool {
    let identity = call(ground, creds, "sts", "GetCallerIdentity", Value::structure()).await;
    let roles = call(ground, creds, "iam", "ListRoles", Value::structure()).await;
    match (identity, roles) {
        (Ok(_), Ok(_)) => true,
        (Err(one), Err(two)) => {
            for error in [one, two] {
                assert_eq!((error.code.as_ref(), error.status), ("AccessDenied", 403), "{}", error.message);
                assert!(error.message.contains("with an explicit deny in a revocation"), "{}", error.message);
            }
            false
        }
        (identity, roles) => panic!("{identity:?} but {roles:?}"),
    }
}

/// Everybody of the account may assume it.
fn everybody() -> String {
    trust(&["sts:AssumeRole", "sts:SetSourceIdentity"], "arn:aws:iam::123456789012:root")
}

struct Scene {
    ground: std::sync::Arc<Ground>,
    alice: Creds,
    bob: Creds,
    role: String,
    other: String,
}

async fn scene() -> Scene {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let bob = ground.user("bob", Some(ALLOW_ALL)).await;
    let role = ground.role("worker", &everybody(), Some(ALLOW_ALL)).await;
    let other = ground.role("other", &everybody(), Some(ALLOW_ALL)).await;
    Scene { ground: ground.into(), alice, bob, role, other }
}

#[tokio::test]
async fn a_session_is_cut_off_with_what_it_made_and_nobody_else_is() {
    let Scene { ground, alice, role, other, .. } = scene().await;
    let one = assume(&ground, &alice, &role, "one").await.unwrap();
    let sibling = assume(&ground, &alice, &role, "one").await.unwrap();
    let chained = assume(&ground, &one, &other, "chained").await.unwrap();
    let spared = assume(&ground, &sibling, &other, "chained").await.unwrap();
    let receipt = revoke(&ground, "session", &one.key).await;
    assert!(receipt.text("ReceiptId").unwrap().starts_with(&format!("rv-{}-", one.key)));
    assert!(!works(&ground, &one).await && !works(&ground, &chained).await);
    for creds in [&sibling, &spared, &alice] {
        assert!(works(&ground, creds).await);
    }
    assert!(assume(&ground, &one, &other, "again").await.is_err());
}

#[tokio::test]
async fn without_cascade_what_it_made_goes_on() {
    let Scene { ground, alice, role, other, .. } = scene().await;
    let one = assume(&ground, &alice, &role, "one").await.unwrap();
    let chained = assume(&ground, &one, &other, "chained").await.unwrap();
    for (kind, target) in [("session", one.key.as_str()), ("role-session", "worker/one"), ("role", "worker")]
    {
        let input = of(&[("Kind", kind), ("Target", target)]).with("Cascade", false);
        let receipt = call(&ground, &ground.root, "portcullis", "Revoke", input).await.unwrap();
        assert!(!works(&ground, &one).await && works(&ground, &chained).await, "{kind}");
        let lift = of(&[("RevocationId", receipt.text("RevocationId").unwrap())]);
        call(&ground, &ground.root, "portcullis", "LiftRevocation", lift).await.unwrap();
        assert!(works(&ground, &one).await, "{kind}");
    }
}

#[tokio::test]
async fn what_is_issued_after_it_works_whatever_the_clocks_say() {
    let Scene { ground, alice, role, .. } = scene().await;
    // The issuing clock ran ahead, and was set back before the revocation.
    ground.clock.set(Timestamp::from_millis(BEGINNING + 3_600_000));
    let before = assume(&ground, &alice, &role, "one").await.unwrap();
    ground.clock.set(Timestamp::from_millis(BEGINNING));
    for (kind, target) in [("role", role.as_str()), ("role-session", "worker/one"), ("user", "alice")] {
        revoke(&ground, kind, target).await;
        assert!(!works(&ground, &before).await, "{kind}");
        let after = assume(&ground, &alice, &role, "one").await.unwrap();
        assert!(works(&ground, &after).await, "{kind}");
    }
    assert!(works(&ground, &alice).await);
}

#[tokio::test]
async fn each_kind_hits_whom_it_names() {
    let Scene { ground, alice, bob, role, other } = scene().await;
    let token = async |creds: &Creds| {
        Creds::issued(&call(&ground, creds, "sts", "GetSessionToken", Value::structure()).await.unwrap())
    };
    let federated = async |creds: &Creds, name: &str| {
        let input = of(&[("Name", name), ("Policy", ALLOW_ALL)]);
        Creds::issued(&call(&ground, creds, "sts", "GetFederationToken", input).await.unwrap())
    };
    let by_alice = assume(&ground, &alice, &role, "one").await.unwrap();
    let by_bob = assume(&ground, &bob, &role, "two").await.unwrap();
    let chained = assume(&ground, &by_alice, &other, "three").await.unwrap();
    let own = token(&alice).await;
    let roots = token(&ground.root).await;
    let (guest, namesake) = (federated(&alice, "guest").await, federated(&ground.root, "guest").await);
    let stranger = federated(&alice, "stranger").await;
    let all = [&alice, &bob, &by_alice, &by_bob, &chained, &own, &roots, &guest, &namesake, &stranger];
    let identity = async |creds: &Creds| {
        // A federated user may not call IAM; who it is it may ask.
        call(&ground, creds, "sts", "GetCallerIdentity", Value::structure()).await.is_ok()
    };
    for (kind, target, hit) in [
        ("role", "worker", vec![2, 3, 4]),
        ("role", "other", vec![4]),
        ("role-session", "worker/one", vec![2, 4]),
        ("role-session", "arn:aws:sts::123456789012:assumed-role/worker/two", vec![3]),
        ("user", "alice", vec![2, 4, 5, 7, 9]),
        ("user", "root", vec![6, 8]),
        ("federated-user", "guest", vec![7, 8]),
        ("access-key", &alice.key, vec![0, 2, 4, 5, 7, 9]),
        ("session", &by_alice.key, vec![2, 4]),
        ("session", "arn:aws:sts::123456789012:federated-user/stranger", vec![9]),
    ] {
        let receipt = revoke(&ground, kind, target).await;
        for (at, creds) in all.iter().enumerate() {
            assert_eq!(identity(creds).await, !hit.contains(&at), "{kind} {target}: {at}");
        }
        let lift = of(&[("RevocationId", receipt.text("RevocationId").unwrap())]);
        call(&ground, &ground.root, "portcullis", "LiftRevocation", lift).await.unwrap();
        for creds in all {
            assert!(identity(creds).await, "{kind} {target} lifted");
        }
    }
}

#[tokio::test]
async fn a_source_identity_is_cut_off_along_chains() {
    let Scene { ground, alice, role, other, .. } = scene().await;
    let input = of(&[("RoleArn", &role), ("RoleSessionName", "one"), ("SourceIdentity", "jane")]);
    let jane = Creds::issued(&call(&ground, &alice, "sts", "AssumeRole", input).await.unwrap());
    let chained = assume(&ground, &jane, &other, "two").await.unwrap();
    let joe = assume(&ground, &alice, &role, "one").await.unwrap();
    revoke(&ground, "source-identity", "jane").await;
    assert!(!works(&ground, &jane).await && !works(&ground, &chained).await && works(&ground, &joe).await);
}

#[tokio::test]
async fn blocked_from_a_new_session_until_it_is_lifted() {
    let Scene { ground, alice, bob, role, other } = scene().await;
    for (kind, target, blocked, free) in [
        ("role", "worker", (&alice, &role, "one"), (&alice, &other, "one")),
        ("role-session", "worker/one", (&alice, &role, "one"), (&alice, &role, "two")),
        ("user", "alice", (&alice, &role, "one"), (&bob, &role, "one")),
    ] {
        let input = of(&[("Kind", kind), ("Target", target)]).with("BlockReissue", true);
        let receipt = call(&ground, &ground.root, "portcullis", "Revoke", input).await.unwrap();
        let error = assume(&ground, blocked.0, blocked.1, blocked.2).await.map(drop).unwrap_err();
        assert!(error.code == "AccessDenied" && error.message.contains("a revocation"), "{}", error.message);
        assert!(assume(&ground, free.0, free.1, free.2).await.is_ok(), "{kind}");
        let lift = of(&[("RevocationId", receipt.text("RevocationId").unwrap())]);
        call(&ground, &ground.root, "portcullis", "LiftRevocation", lift).await.unwrap();
        assert!(assume(&ground, blocked.0, blocked.1, blocked.2).await.is_ok(), "{kind}");
    }
}

#[tokio::test]
async fn issued_before_spares_what_is_younger() {
    let Scene { ground, alice, role, .. } = scene().await;
    let old = assume(&ground, &alice, &role, "one").await.unwrap();
    ground.forward(60);
    let now = ground.service.world.clock.now();
    let young = assume(&ground, &alice, &role, "one").await.unwrap();
    let input = of(&[("Kind", "role"), ("Target", "worker")]).with("IssuedBefore", now);
    call(&ground, &ground.root, "portcullis", "Revoke", input).await.unwrap();
    assert!(!works(&ground, &old).await && works(&ground, &young).await);
}

#[tokio::test]
async fn a_session_ends_itself_and_no_other() {
    let Scene { ground, alice, role, .. } = scene().await;
    let narrow = ground.role("narrow", &everybody(), None).await;
    let one = assume(&ground, &alice, &narrow, "one").await.unwrap();
    let two = assume(&ground, &alice, &role, "two").await.unwrap();
    call(&ground, &one, "portcullis", "RevokeOwnSession", Value::structure()).await.unwrap();
    let ended = call(&ground, &one, "sts", "GetCallerIdentity", Value::structure()).await.unwrap_err();
    assert!(ended.message.contains("a revocation"), "{}", ended.message);
    assert!(works(&ground, &two).await);
    let key = call(&ground, &alice, "portcullis", "RevokeOwnSession", Value::structure()).await.unwrap_err();
    assert_eq!(key.code, "InvalidInputException");
}

#[tokio::test]
async fn words_that_mean_nothing_change_nothing() {
    let Scene { ground, alice, .. } = scene().await;
    for (kind, target, code) in [
        ("session", "AKIAIOSFODNN7EXAMPLE", "InvalidInputException"),
        ("session", alice.key.as_str(), "InvalidInputException"),
        ("access-key", "ASIAQNZGKIQY56JQ7WML", "InvalidInputException"),
        ("role", "nobody", "ResourceNotFoundException"),
        ("role-session", "nobody/one", "ResourceNotFoundException"),
        ("role-session", "worker", "InvalidInputException"),
        ("user", "arn:aws:iam::123456789012:user/nobody", "ResourceNotFoundException"),
        ("federated-user", "arn:aws:iam::1:user/x", "InvalidInputException"),
        ("person", "jane", "ResourceNotFoundException"),
        ("everybody", "x", "InvalidInputException"),
    ] {
        let input = of(&[("Kind", kind), ("Target", target)]);
        let error = call(&ground, &ground.root, "portcullis", "Revoke", input).await.unwrap_err();
        assert_eq!(error.code, code, "{kind} {target}: {}", error.message);
    }
    assert!(ground.service.snapshot().revocations.is_empty());
}

#[tokio::test]
async fn however_many_come_at_once_each_is_done_and_may_be_lifted() {
    let Scene { ground, alice, role, .. } = scene().await;
    assume(&ground, &alice, &role, "one").await.unwrap();
    let each = |number: usize| {
        let ground = &ground;
        async move {
            let target = format!("worker/name-{number}");
            let input = of(&[("Kind", "role-session"), ("Target", &target)]);
            let receipt = call(ground, &ground.root, "portcullis", "Revoke", input).await?;
            let lift = of(&[("RevocationId", receipt.text("RevocationId").unwrap())]);
            call(ground, &ground.root, "portcullis", "LiftRevocation", lift).await.map(drop)
        }
    };
    let ended = futures_util::future::join_all((0..100).map(each)).await;
    assert_eq!(ended.into_iter().filter_map(Result::err).collect::<Vec<_>>(), []);
}
