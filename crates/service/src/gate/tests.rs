//! The door: who gets through it, and what those are told who do not.

use portcullis_base::Value;
use portcullis_store::record::UserRecord;
use thin_vec::thin_vec;

use super::*;
use crate::action::{Guarding, Handler, Permission};
use crate::actions;
use crate::actions::testing::{ALLOW_ALL, Creds, Ground};
use crate::draft::Draft;

/// An action that is asked item by item goes through the door without a permission: its handler must be one that can
/// ask for each item.
#[test]
fn only_what_waits_is_asked_item_by_item() {
    for row in actions::all() {
        let is_item_by_item = matches!(row.permission, Permission::EachItem(..));
        assert!(!is_item_by_item || matches!(row.handler, Handler::Flow(_)), "{}", row.name);
    }
}

fn statement(effect: &str, actions: &str, resource: &str) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": effect, "Action": actions, "Resource": resource },
    })
    .to_string()
}

/// What alice is told when she asks for this.
async fn told(
    ground: &Ground,
    creds: &Creds,
    service: &'static str,
    operation: &str,
    input: Value,
) -> String {
    let error = ground.ask(creds, service, operation, input).await.unwrap_err();
    assert_eq!((error.code.as_ref(), error.status), ("AccessDenied", 403), "{error}");
    error.message
}

async fn change(ground: &Ground, change: impl FnOnce(&mut UserRecord)) {
    let mut record = ground.service.snapshot().users.named(ground.account(), "alice").unwrap().record.clone();
    change(&mut record);
    let mut draft = Draft::new();
    draft.put_user(&record);
    ground.write(draft).await;
}

/// IAM User Guide, "Troubleshoot access denied error messages".
#[tokio::test]
async fn a_refusal_names_the_layer_in_awss_words() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", None).await;
    // IAM names the target of a refusal as the request did.
    let base = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:GetRole on resource: role r";
    let input = || Value::structure().with("RoleName", "r");
    let implicit = format!("{base} because no identity-based policy allows the iam:GetRole action");
    assert_eq!(
        told(&ground, &alice, "iam", "GetRole", input()).await,
        implicit,
        "whether there is one or not"
    );
    let trust = actions::testing::trust(&["sts:AssumeRole"], "*");
    ground.role("r", &trust, None).await;
    assert_eq!(told(&ground, &alice, "iam", "GetRole", input()).await, implicit);

    let deny = ground.policy("deny", &statement("Deny", "iam:GetRole", "*")).await;
    let nothing = ground.policy("nothing", &statement("Allow", "s3:*", "*")).await;
    let allow = ground.policy("allow", ALLOW_ALL).await;
    let id = |arn: &String| ground.service.snapshot().policy_by_arn(arn).unwrap().record.id;
    for (attached, boundary, suffix) in [
        (&deny, None, " with an explicit deny in an identity-based policy"),
        (&allow, Some(&deny), " with an explicit deny in a permissions boundary"),
        (&allow, Some(&nothing), " because no permissions boundary allows the iam:GetRole action"),
        (&deny, Some(&deny), " with an explicit deny in an identity-based policy"),
    ] {
        change(&ground, |alice| {
            alice.attached = thin_vec![id(attached)];
            alice.boundary = boundary.map(id);
        })
        .await;
        assert_eq!(told(&ground, &alice, "iam", "GetRole", input()).await, format!("{base}{suffix}"));
    }
}

#[tokio::test]
async fn a_policy_that_is_named_and_gone_denies() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let gone = portcullis_base::UniqueId::generate(
        portcullis_base::UniqueIdKind::Policy,
        ground.service.world.entropy.as_ref(),
    );
    let group = portcullis_base::UniqueId::generate(
        portcullis_base::UniqueIdKind::Group,
        ground.service.world.entropy.as_ref(),
    );
    let ask = async || ground.ask(&alice, "iam", "ListUsers", Value::structure()).await.is_ok();
    assert!(ask().await);
    change(&ground, |alice| alice.attached = thin_vec![gone]).await;
    assert!(!ask().await);
    change(&ground, |alice| (alice.attached, alice.boundary) = (thin_vec![], Some(gone))).await;
    assert!(!ask().await);
    change(&ground, |alice| (alice.boundary, alice.groups) = (None, thin_vec![group])).await;
    assert!(!ask().await);
    change(&ground, |alice| alice.groups.clear()).await;
    assert!(ask().await);
}

#[tokio::test]
async fn a_need_of_nothing_opens_no_door() {
    let ground = Ground::new().await;
    let (snapshot, input, loaded) =
        (ground.service.snapshot(), Value::structure(), crate::action::Loaded::default());
    let (caller, facts) = (Caller::anonymous(), actions::testing::facts());
    let ask = Ask {
        service: &ground.service,
        snapshot: &snapshot,
        caller: &caller,
        input: &input,
        facts: &facts,
        claim: None,
        now: ground.service.world.clock.now(),
        family: Family::S3,
        loaded: &loaded,
    };
    assert_eq!(authorize(ask, &[]).err().unwrap().error.status, 500);
    // A role that is not there consents to nothing, whoever asks.
    let need = Need::new("sts:AssumeRole", "arn:aws:iam::123456789012:role/none", ground.account())
        .guarded(Guarding::NoTrust);
    assert!(authorize(ask, &[need]).is_err());
}
