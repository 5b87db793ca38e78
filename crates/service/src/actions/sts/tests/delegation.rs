//! Whatever session policy is passed, a session may do less than what made it, and cannot make itself anything else.

use std::sync::Arc;

use portcullis_policy::{
    Context, Layers, PolicyKind, PolicyRef, Principal, Request, ResourceLayer, decide, parse,
};
use proptest::prelude::*;

use super::*;
use crate::action::{Ask, Loaded, Need};
use crate::actions::testing::{ALLOW_ALL, facts};
use crate::caller::Caller;
use crate::credential;
use crate::error::Family;
use crate::gate;
use crate::port::{Claim, SignatureForm};

const ROLE: &str = "arn:aws:iam::123456789012:role/R";
const PROBES: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::a/x"),
    ("s3:GetObject", "arn:aws:s3:::b/x"),
    ("s3:PutObject", "arn:aws:s3:::a/x"),
    ("s3:ListAllMyBuckets", "*"),
    ("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/alice"),
    ("sts:AssumeRole", ROLE),
    ("cloudtrail:LookupEvents", "*"),
];

fn statement() -> impl Strategy<Value = serde_json::Value> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let element = prop_oneof![4 => Just("Action"), 1 => Just("NotAction")];
    let action = prop::sample::select(vec![
        "*",
        "s3:*",
        "s3:GetObject",
        "s3:Put*",
        "iam:*",
        "sts:*",
        "sts:AssumeRole",
        "cloudtrail:LookupEvents",
    ]);
    let resource = prop::sample::select(vec!["*", "arn:aws:s3:::a/*", "arn:aws:s3:::b/*", ROLE]);
    (effect, element, action, resource).prop_map(|(effect, element, action, resource)| {
        serde_json::json!({ "Effect": effect, element: action, "Resource": resource })
    })
}

fn policy() -> impl Strategy<Value = String> {
    prop::collection::vec(statement(), 1..4).prop_map(|statements| {
        serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
    })
}

/// What the policy would allow if it were all there is.
fn grants(ground: &Ground, text: &str, (action, resource): (&str, &str)) -> bool {
    let document = parse(text, PolicyKind::Session).unwrap().document;
    let principal = Principal::User {
        account: ground.account(),
        id: "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap(),
        arn: "arn:aws:iam::123456789012:user/any".to_owned(),
        session: None,
    };
    let request = Request {
        action,
        resource,
        resource_account: ground.account(),
        principal: &principal,
        context: &Context::new(),
    };
    let identity = [PolicyRef { name: "only", document: &document }];
    decide(&request, &Layers { identity: &identity, resource: ResourceLayer::None, ..Layers::default() })
        .is_allowed()
}

/// What the holder of these credentials may do, as the gate sees it.
fn rights(ground: &Ground, creds: &Creds) -> Vec<bool> {
    let service: &Arc<_> = &ground.service;
    let (snapshot, now) = (service.snapshot(), service.world.clock.now());
    let claim = Claim {
        access_key_id: creds.key.clone(),
        session_token: creds.token.clone(),
        form: SignatureForm::Header,
        signed_at: now,
    };
    let family = Family::Query;
    let opened =
        credential::open(&claim, &snapshot, &service.ring(), &service.session_policies, family).unwrap();
    let caller = Caller::of(&opened, &snapshot, now, family).unwrap();
    let (input, facts, loaded) = (Value::structure(), facts(), Loaded::default());
    let ask = Ask {
        service,
        snapshot: &snapshot,
        caller: &caller,
        input: &input,
        facts: &facts,
        now,
        family,
        loaded: &loaded,
        claim: Some(&claim),
    };
    let allowed = |(action, resource): &(&'static str, &str)| {
        gate::judge(&ask, &Need::new(action, *resource, ground.account())).is_allowed()
    };
    PROBES.iter().map(allowed).collect()
}

fn within(child: &[bool], parent: &[bool]) -> bool {
    child.iter().zip(parent).all(|(child, parent)| !child || *parent)
}

async fn assert_role_session_is_within(ground: &Ground, own: &str, passed: &str) {
    let alice = ground.user("carol", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &open(), Some(own)).await;
    let whole = Creds::issued(&assume(ground, &alice, naming(&role)).await.unwrap());
    let limited = assume(ground, &alice, naming(&role).with("Policy", passed)).await.unwrap();
    let limited = Creds::issued(&limited);
    let held = rights(ground, &limited);
    assert!(within(&held, &rights(ground, &whole)), "more than the role: {own} {passed}");
    let granted: Vec<bool> = PROBES.iter().map(|probe| grants(ground, passed, *probe)).collect();
    assert!(within(&held, &granted), "more than was passed: {own} {passed}");
    assert!(session_token(ground, &limited, Value::structure()).await.is_err());
    assert!(federate(ground, &limited, Value::structure().with("Policy", ALLOW_ALL)).await.is_err());
    let escapes = assume(ground, &limited, naming(&role)).await.is_ok();
    assert!(!escapes || grants(ground, passed, ("sts:AssumeRole", ROLE)), "assumed itself: {own} {passed}");
}

/// The policy with the permission to federate, which a deny in it may take away again.
fn may_federate(own: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(own).unwrap();
    let statement =
        serde_json::json!({ "Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": "*" });
    document["Statement"].as_array_mut().unwrap().push(statement);
    document.to_string()
}

async fn assert_user_sessions_are_within(ground: &Ground, own: &str, passed: &str) {
    let own = may_federate(own);
    let alice = ground.user("alice", Some(&own)).await;
    let own_rights = rights(ground, &alice);
    // Only an explicit deny keeps a user from either kind of session; then there is none to look at.
    if let Ok(answer) = session_token(ground, &alice, Value::structure()).await {
        let session = Creds::issued(&answer);
        assert!(within(&rights(ground, &session), &own_rights), "a session token gave more: {own}");
        assert!(session_token(ground, &session, Value::structure()).await.is_err());
        assert!(federate(ground, &session, Value::structure().with("Policy", ALLOW_ALL)).await.is_err());
    }
    let Ok(answer) = federate(ground, &alice, Value::structure().with("Policy", passed)).await else {
        return;
    };
    let federated = Creds::issued(&answer);
    let held = rights(ground, &federated);
    assert!(within(&held, &own_rights), "more than the user: {own} {passed}");
    let granted: Vec<bool> = PROBES.iter().map(|probe| grants(ground, passed, *probe)).collect();
    assert!(within(&held, &granted), "more than was passed: {own} {passed}");
    assert!(session_token(ground, &federated, Value::structure()).await.is_err());
    assert!(federate(ground, &federated, Value::structure().with("Policy", ALLOW_ALL)).await.is_err());
    assert!(assume(ground, &federated, naming(ROLE)).await.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_child_is_within_its_parent(own in policy(), passed in policy()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ground = Ground::new().await;
            assert_role_session_is_within(&ground, &own, &passed).await;
            assert_user_sessions_are_within(&ground, &own, &passed).await;
        });
    }
}

#[tokio::test]
async fn without_a_session_policy_a_federated_user_may_do_nothing() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let federated = Creds::issued(&federate(&ground, &alice, Value::structure()).await.unwrap());
    assert_eq!(rights(&ground, &federated), vec![false; PROBES.len()]);
    // What root vouches for is within the session policy all the same.
    let by_root = Creds::issued(&federate(&ground, &ground.root, Value::structure()).await.unwrap());
    assert_eq!(rights(&ground, &by_root), vec![false; PROBES.len()]);
}

#[tokio::test]
async fn managed_session_policies_limit_together_and_a_lost_one_denies() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let allowing = |action: &str| {
        serde_json::json!({ "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" } })
        .to_string()
    };
    let reading = ground.policy("reading", &allowing("s3:GetObject")).await;
    let writing = ground.policy("writing", &allowing("s3:PutObject")).await;
    let arns: Vec<Value> =
        [&reading, &writing].map(|arn| Value::structure().with("arn", arn.as_str())).to_vec();
    let input = Value::structure().with("PolicyArns", arns);
    let federated = Creds::issued(&federate(&ground, &alice, input).await.unwrap());
    assert_eq!(rights(&ground, &federated), [true, true, true, false, false, false, false]);
    let snapshot = ground.service.snapshot();
    let lost = snapshot.policy_by_arn(&writing).unwrap();
    let mut draft = crate::draft::Draft::new();
    draft.delete(portcullis_store::Key::policy(lost.record.account, lost.record.id));
    ground.write(draft).await;
    assert_eq!(rights(&ground, &federated), vec![false; PROBES.len()]);
}

#[tokio::test]
async fn root_assumes_no_role_and_neither_do_its_sessions() {
    let ground = Ground::new().await;
    let role = ground.role("R", &trust(&["sts:AssumeRole"], "*"), None).await;
    let session = Creds::issued(&session_token(&ground, &ground.root, Value::structure()).await.unwrap());
    for by in [&ground.root, &session] {
        for arn in [role.as_str(), "arn:aws:iam::123456789012:role/none"] {
            let refused = assume(&ground, by, naming(arn)).await.unwrap_err();
            assert_eq!(refused.message, "Roles may not be assumed by root accounts.");
            assert_eq!((&*refused.code, refused.status), ("AccessDenied", 403));
        }
    }
}

#[tokio::test]
async fn the_external_id_is_the_trust_policy_s_to_ask_for() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let condition = serde_json::json!({ "StringEquals": { "sts:ExternalId": "contract-17" } });
    let statement = serde_json::json!({ "Effect": "Allow", "Principal": { "AWS": everybody_here() },
        "Action": "sts:AssumeRole", "Condition": condition });
    let trust = serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let role = ground.role("R", &trust, None).await;
    for (given, works) in [
        (Some("contract-17"), true),
        (Some("CONTRACT-17"), false),
        (Some("contract-18"), false),
        (None, false),
    ] {
        let answer = assume(&ground, &alice, naming(&role).with_some("ExternalId", given)).await;
        assert_eq!(answer.is_ok(), works, "{given:?}");
    }
}

#[tokio::test]
async fn a_chain_is_no_longer_than_sixteen() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &open(), Some(ALLOW_ALL)).await;
    let mut creds = alice;
    for _ in 0..crate::limits::ANCESTORS_MAX {
        creds = Creds::issued(&assume(&ground, &creds, naming(&role)).await.unwrap());
    }
    let refused = assume(&ground, &creds, naming(&role)).await.unwrap_err();
    assert_eq!(refused.code, "ValidationError");
}
