//! One person, in whatever roles and accounts, and nobody else.

use portcullis_base::Value;

use super::{assume, call, of, revoke, works};
use crate::actions::testing::{ALLOW_ALL, Creds, Ground, trust};

const JANE: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const JOHN: &str = "a1b2c3d4-0000-4000-8000-000000000002";

struct Scene {
    ground: Ground,
    reader: String,
    writer: String,
    hop: String,
}

async fn scene() -> Scene {
    let ground = Ground::new().await;
    ground.person(JANE, "jane", true).await;
    ground.person(JOHN, "john", true).await;
    let trusted = trust(&["sts:AssumeRole"], "arn:aws:iam::123456789012:root");
    let reader = ground.role("reader", &trusted, Some(ALLOW_ALL)).await;
    let writer = ground.role("writer", &trusted, Some(ALLOW_ALL)).await;
    let hop = ground.role("hop", &trusted, Some(ALLOW_ALL)).await;
    Scene { ground, reader, writer, hop }
}

async fn block(ground: &Ground, person: &str) -> Value {
    let input = of(&[("Kind", "person"), ("Target", person)]).with("BlockReissue", true);
    call(ground, &ground.root, "portcullis", "Revoke", input).await.unwrap()
}

#[tokio::test]
async fn every_session_of_the_person_is_cut_off_with_what_it_made_and_no_colleague_is() {
    let Scene { ground, reader, writer, hop } = scene().await;
    let sign_in = async |role: &str, id: &str, name: &str| -> Creds {
        ground.portal_session(role, id, name).await.unwrap()
    };
    let (one, two) = (sign_in(&reader, JANE, "jane").await, sign_in(&writer, JANE, "jane").await);
    let made = assume(&ground, &one, &hop, "anything").await.unwrap();
    // The same role under the same session name: only the id tells them apart.
    let colleague = sign_in(&reader, JOHN, "jane").await;
    for words in ["jane", JANE] {
        let listed =
            call(&ground, &ground.root, "portcullis", "ListSessions", of(&[("Person", words)])).await;
        let listed = listed.unwrap();
        let ids: Vec<_> = listed.list("Sessions").iter().map(|held| held.text("PersonId")).collect();
        assert_eq!(ids, [Some(JANE); 3]);
    }
    let receipt = revoke(&ground, "person", "JANE").await;
    assert_eq!(receipt.int("SessionsHitCount"), Some(2));
    assert_eq!(receipt.int("DescendantsCount"), Some(1));
    assert_eq!(receipt.member("Target").unwrap().text("Id"), Some(JANE));
    for cut in [&one, &two, &made] {
        assert!(!works(&ground, cut).await);
    }
    assert!(works(&ground, &colleague).await);
    // What is issued afterwards works, unless it is blocked as well.
    let again = sign_in(&reader, JANE, "jane").await;
    assert!(works(&ground, &again).await);
    let lift = of(&[("RevocationId", receipt.text("RevocationId").unwrap())]);
    call(&ground, &ground.root, "portcullis", "LiftRevocation", lift).await.unwrap();
    assert!(works(&ground, &one).await && works(&ground, &made).await);
}

#[tokio::test]
async fn a_person_who_is_blocked_gets_no_new_session_until_it_is_lifted() {
    let Scene { ground, reader, .. } = scene().await;
    block(&ground, JANE).await;
    let refused = ground.portal_session(&reader, JANE, "jane").await.err().unwrap();
    assert_eq!(refused.code, "AccessDeniedException");
    assert!(ground.portal_session(&reader, JOHN, "john").await.is_ok());
}

#[tokio::test]
async fn it_retires_with_the_last_session_but_not_while_the_person_could_come_back() {
    for (is_enabled, left) in [(true, 1), (false, 0)] {
        let Scene { ground, reader, .. } = scene().await;
        ground.portal_session(&reader, JANE, "jane").await.unwrap();
        block(&ground, JANE).await;
        ground.person(JANE, "jane", is_enabled).await;
        ground.forward(3599);
        assert_eq!(ground.service.retire_revocations().await.unwrap(), 0);
        ground.forward(2);
        assert_eq!(ground.service.retire_revocations().await.unwrap(), 1 - left);
        assert_eq!(ground.service.snapshot().revocations.len(), left);
        ground.forward(100_000);
        assert_eq!(ground.service.retire_revocations().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_deny_by_the_persons_id_goes_past_everybody_who_has_none() {
    let Scene { ground, reader, hop, .. } = scene().await;
    let deny = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
            {{"Effect":"Deny","Action":["*"],"Resource":"*",
              "Condition":{{"StringEquals":{{"identitystore:userId":["other","{JANE}"]}}}}}}]}}"#
    );
    let jane = ground.portal_session(&reader, JANE, "jane").await.unwrap();
    let made = assume(&ground, &jane, &hop, "anything").await.unwrap();
    let john = ground.portal_session(&reader, JOHN, "john").await.unwrap();
    let input = of(&[("RoleName", "reader"), ("PolicyName", "p"), ("PolicyDocument", &deny)]);
    call(&ground, &ground.root, "iam", "PutRolePolicy", input).await.unwrap();
    let lists =
        async |creds: &Creds| call(&ground, creds, "iam", "ListRoles", Value::structure()).await.is_ok();
    assert!(!lists(&jane).await);
    assert!(lists(&john).await);
    // A session that was made from it has no such key; the native revocation is what reaches it.
    assert!(lists(&made).await);
    revoke(&ground, "person", JANE).await;
    assert!(!lists(&made).await);
}

#[tokio::test]
async fn people_are_found_by_name_id_and_arn_and_only_where_the_directory_is() {
    let Scene { ground, .. } = scene().await;
    for words in ["jane", "Jane", JANE, "arn:aws:identitystore:::user/a1b2c3d4-0000-4000-8000-000000000001"] {
        let receipt = revoke(&ground, "person", words).await;
        assert_eq!(receipt.member("Target").unwrap().text("Id"), Some(JANE), "{words}");
    }
    for words in ["nobody", "arn:aws:identitystore:::user/nobody", "arn:aws:iam::1:user/jane"] {
        let input = of(&[("Kind", "person"), ("Target", words)]);
        let error = call(&ground, &ground.root, "portcullis", "Revoke", input).await.unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException", "{words}");
    }
}
