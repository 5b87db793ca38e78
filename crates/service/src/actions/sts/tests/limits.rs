//! Lifetimes, session policies, MFA: what can be asked for, and what is told when it cannot.

use super::*;
use crate::actions::testing::ALLOW_ALL;

const OVER_ROLE: &str = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
const OVER_CHAIN: &str =
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";

fn lasting(seconds: i64) -> Value {
    Value::structure().with("DurationSeconds", seconds)
}

#[tokio::test]
async fn users_get_twelve_hours_and_root_never_more_than_one() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    for (by, asked, given) in [
        (&alice, None, 43_200),
        (&alice, Some(129_600), 129_600),
        (&alice, Some(900), 900),
        (&ground.root, None, 3600),
        (&ground.root, Some(129_600), 3600),
        (&ground.root, Some(900), 900),
    ] {
        let input = || asked.map_or_else(Value::structure, lasting);
        assert_eq!(lasts(&ground, &session_token(&ground, by, input()).await.unwrap()), given);
        assert_eq!(lasts(&ground, &federate(&ground, by, input()).await.unwrap()), given);
    }
}

#[tokio::test]
async fn a_role_session_is_held_to_the_role_and_to_the_chain() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let long = ground.role_with("long", &open(), Some(ALLOW_ALL), |role| role.max_session_s = 43_200).await;
    let short = ground.role("short", &open(), None).await;
    let asking = |role: &str, seconds: i64| naming(role).with("DurationSeconds", seconds);
    let answer = assume(&ground, &alice, naming(&long)).await.unwrap();
    assert_eq!(lasts(&ground, &answer), 3600);
    let answer = assume(&ground, &alice, asking(&long, 43_200)).await.unwrap();
    assert_eq!(lasts(&ground, &answer), 43_200);
    let refused = assume(&ground, &alice, asking(&short, 3601)).await.unwrap_err();
    assert_eq!((&*refused.code, refused.message.as_str()), ("ValidationError", OVER_ROLE));

    let own = Creds::issued(&session_token(&ground, &alice, Value::structure()).await.unwrap());
    for chained in [Creds::issued(&answer), own] {
        let refused = assume(&ground, &chained, asking(&long, 3601)).await.unwrap_err();
        assert_eq!((&*refused.code, refused.message.as_str()), ("ValidationError", OVER_CHAIN));
        assert_eq!(lasts(&ground, &assume(&ground, &chained, asking(&long, 3600)).await.unwrap()), 3600);
    }
}

#[tokio::test]
async fn what_a_stranger_asks_for_is_not_even_looked_at() {
    let ground = Ground::new().await;
    let stranger = ground.user("stranger", None).await;
    let role = ground.role("R", &open(), None).await;
    let wrong = |arn: &str| naming(arn).with("DurationSeconds", 43_200_i64).with("Policy", "{");
    let refused = assume(&ground, &stranger, wrong(&role)).await.unwrap_err();
    let missing = assume(&ground, &stranger, wrong(&role.replace("/R", "/S"))).await.unwrap_err();
    assert_eq!(refused.code, "AccessDenied");
    assert_eq!(refused.message.replace("/R", "/S"), missing.message);
    assert_eq!((refused.code, refused.status), (missing.code, missing.status));
    assert!(refused.message.ends_with(&format!("sts:AssumeRole on resource: {role}")), "{}", refused.message);
    // A code is looked at before, and tells the same whether there is such a role or not.
    for arn in [role.clone(), role.replace("/R", "/S")] {
        let refused = assume(&ground, &stranger, wrong(&arn).with("TokenCode", "123456")).await.unwrap_err();
        assert!(refused.message.contains("must provide both MFA serial number"), "{}", refused.message);
    }
    let malformed = assume(&ground, &stranger, naming("not-an-arn-but-long")).await.unwrap_err();
    assert_eq!(malformed.message, "not-an-arn-but-long is invalid");
}

#[tokio::test]
async fn a_session_policy_is_a_policy_of_the_account_and_not_too_long() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &open(), Some(ALLOW_ALL)).await;
    let held = ground.policy("held", ALLOW_ALL).await;
    let arns = |arns: &[&str]| -> Vec<Value> {
        arns.iter().map(|arn| Value::structure().with("arn", *arn)).collect()
    };
    let long = |characters: usize| format!("{ALLOW_ALL}{}", " ".repeat(characters - ALLOW_ALL.len()));
    for (input, code) in [
        (naming(&role).with("Policy", "{"), "MalformedPolicyDocument"),
        (
            naming(&role).with(
                "Policy",
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
            ),
            "MalformedPolicyDocument",
        ),
        (naming(&role).with("Policy", long(2049)), "ValidationError"),
        (naming(&role).with("Policy", long(2048)).with("PolicyArns", arns(&[&held])), "ValidationError"),
        (naming(&role).with("PolicyArns", arns(&[held.as_str(); 11])), "ValidationError"),
        (naming(&role).with("PolicyArns", arns(&[&held.replace("held", "lost")])), "ValidationError"),
    ] {
        assert_eq!(assume(&ground, &alice, input).await.unwrap_err().code, code);
    }
    let input = naming(&role).with("Policy", long(2048 - held.len())).with("PolicyArns", arns(&[&held]));
    let answer = assume(&ground, &alice, input).await.unwrap();
    assert!(answer.int("PackedPolicySize").unwrap() > 0);
}

#[tokio::test]
async fn what_does_not_pack_into_the_token_is_refused_with_its_share() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &open(), None).await;
    let random = || ground.service.random_id(125);
    let given: Vec<(String, String)> = (0..20).map(|n| (format!("k{n}"), random())).collect();
    let pairs: Vec<(&str, &str)> = given.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let refused = assume(&ground, &alice, naming(&role).with("Tags", tags(&pairs))).await.unwrap_err();
    assert_eq!(refused.code, "PackedPolicyTooLarge");
    assert!(refused.message.starts_with("Packed size of session tags consumes 1"), "{}", refused.message);
}

#[tokio::test]
async fn a_code_without_a_device_is_refused() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let serial = format!("arn:aws:iam::{ACCOUNT}:mfa/alice");
    let input = || Value::structure().with("SerialNumber", serial.as_str()).with("TokenCode", "123456");
    let refused = session_token(&ground, &alice, input()).await.unwrap_err();
    assert_eq!((&*refused.code, refused.status), ("AccessDenied", 403));
    assert!(refused.message.contains("unable to validate MFA code.  Please verify"));
}

#[tokio::test]
async fn a_context_that_nobody_can_vouch_for_is_refused() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &open(), None).await;
    let context = Value::structure()
        .with("ProviderArn", "arn:aws:iam::aws:contextProvider/IdentityCenter")
        .with("ContextAssertion", "anything");
    let refused = assume(&ground, &alice, naming(&role).with("ProvidedContexts", vec![context])).await;
    assert_eq!(refused.unwrap_err().code, "ValidationError");
}
