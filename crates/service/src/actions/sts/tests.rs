//! STS as its callers see it, through the whole service.

mod delegation;
mod limits;
mod mfa;
mod tags;

use portcullis_base::{Timestamp, Value};

use crate::actions::testing::{ACCOUNT, ALLOW_ALL, Creds, Ground, trust};
use crate::error::ApiError;

/// The account as a principal: whoever of it is allowed by policy of its own.
fn everybody_here() -> String {
    format!("arn:aws:iam::{ACCOUNT}:root")
}

/// A trust policy that asks no more than that the account allows it.
fn open() -> String {
    trust(&["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], &everybody_here())
}

fn naming(role: &str) -> Value {
    Value::structure().with("RoleArn", role).with("RoleSessionName", "mary")
}

async fn assume(ground: &Ground, by: &Creds, input: Value) -> Result<Value, ApiError> {
    ground.ask(by, "sts", "AssumeRole", input).await
}

async fn federate(ground: &Ground, by: &Creds, input: Value) -> Result<Value, ApiError> {
    ground.ask(by, "sts", "GetFederationToken", input.with("Name", "Bob")).await
}

async fn session_token(ground: &Ground, by: &Creds, input: Value) -> Result<Value, ApiError> {
    ground.ask(by, "sts", "GetSessionToken", input).await
}

async fn whoami(ground: &Ground, creds: &Creds) -> Result<String, ApiError> {
    let answer = ground.ask(creds, "sts", "GetCallerIdentity", Value::structure()).await?;
    Ok(answer.text("Arn").unwrap().to_owned())
}

fn lasts(ground: &Ground, answer: &Value) -> u64 {
    let ends: Timestamp = answer.member("Credentials").and_then(|issued| issued.time("Expiration")).unwrap();
    ends.since(ground.service.world.clock.now()).as_secs()
}

fn tags(pairs: &[(&str, &str)]) -> Vec<Value> {
    pairs.iter().map(|(key, value)| Value::structure().with("Key", *key).with("Value", *value)).collect()
}

fn keys(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| Value::from(*name)).collect()
}

#[tokio::test]
async fn the_answer_names_the_session() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &open(), Some(ALLOW_ALL)).await;
    let answer = assume(&ground, &alice, naming(&role)).await.unwrap();
    let user = answer.member("AssumedRoleUser").unwrap();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/R/mary");
    assert_eq!(user.text("Arn"), Some(arn.as_str()));
    assert!(user.text("AssumedRoleId").unwrap().starts_with("AROA"));
    assert!(user.text("AssumedRoleId").unwrap().ends_with(":mary"));
    assert!(answer.member("PackedPolicySize").is_none() && answer.member("SourceIdentity").is_none());
    assert_eq!(whoami(&ground, &Creds::issued(&answer)).await.unwrap(), arn);

    let answer = federate(&ground, &alice, Value::structure().with("Policy", ALLOW_ALL)).await.unwrap();
    let arn = format!("arn:aws:sts::{ACCOUNT}:federated-user/Bob");
    let user = answer.member("FederatedUser").unwrap();
    assert_eq!(user.text("FederatedUserId"), Some(format!("{ACCOUNT}:Bob").as_str()));
    assert_eq!(user.text("Arn"), Some(arn.as_str()));
    assert!((1..=100).contains(&answer.int("PackedPolicySize").unwrap()));
    assert_eq!(whoami(&ground, &Creds::issued(&answer)).await.unwrap(), arn);

    let answer = session_token(&ground, &alice, Value::structure()).await.unwrap();
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    assert_eq!(whoami(&ground, &Creds::issued(&answer)).await.unwrap(), arn);
    assert_eq!(answer.members().len(), 1);
}

#[tokio::test]
async fn an_access_key_tells_its_account_and_nothing_else() {
    let ground = Ground::new().await;
    let asked = |id: &str| Value::structure().with("AccessKeyId", id);
    let info = async |id: &str| ground.ask(&ground.root, "sts", "GetAccessKeyInfo", asked(id)).await;
    let account = |answer: Value| answer.text("Account").unwrap().to_owned();
    assert_eq!(account(info(&ground.root.key).await.unwrap()), ACCOUNT);
    assert_eq!(account(info("ASIAQNZGKIQY56JQ7WML").await.unwrap()), "029608264753");
    for none in ["AIDAQNZGKIQY56JQ7WML", "AKIAlowercase0000000", "AKIAQNZGKIQY56JQ7WMLA"] {
        assert_eq!(info(none).await.unwrap_err().code, "ValidationError", "{none}");
    }
    let stranger = ground.user("stranger", None).await;
    let refused = ground.ask(&stranger, "sts", "GetAccessKeyInfo", asked(&ground.root.key)).await;
    assert_eq!(refused.unwrap_err().code, "AccessDenied");
}

#[tokio::test]
async fn what_was_issued_is_told_without_its_secrets() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &open(), None).await;
    let input =
        naming(&role).with("Tags", tags(&[("team", "blue")])).with("TransitiveTagKeys", keys(&["team"]));
    let answer = assume(&ground, &alice, input).await.unwrap();
    let issued = Creds::issued(&answer);
    let event = ground.events().await.into_iter().find(|event| event.name == "AssumeRole").unwrap();
    assert!(!event.json.contains(issued.secret.expose_text()));
    assert!(!event.json.contains(issued.token.as_deref().unwrap()));
    let record: serde_json::Value = serde_json::from_str(&event.json).unwrap();
    assert_eq!(record["readOnly"], true);
    assert_eq!(record["responseElements"]["credentials"]["accessKeyId"], issued.key);
    assert_eq!(record["resources"][0]["ARN"], role);
    for name in [issued.key.as_str(), role.as_str()] {
        assert!(event.resources.iter().any(|(_, held)| held == name), "{name}");
    }

    // The chain goes on, and its event, which is later, tells what was handed down.
    ground.forward(1);
    assume(&ground, &issued, naming(&role)).await.unwrap_err();
    let event = ground.events().await.into_iter().find(|event| event.name == "AssumeRole").unwrap();
    let record: serde_json::Value = serde_json::from_str(&event.json).unwrap();
    assert_eq!(record["requestParameters"]["incomingTransitiveTags"]["team"], "blue");
    assert_eq!(record["errorCode"], "AccessDenied");
}
