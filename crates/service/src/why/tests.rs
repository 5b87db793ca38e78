use portcullis_base::Value;
use serde_json::json;

use crate::actions::testing::{ALLOW_ALL, Creds, Ground, trust};

async fn explained(ground: &Ground, by: &Creds, members: &[(&str, &str)]) -> Value {
    let input = members.iter().fold(Value::structure(), |input, (name, text)| input.with(name, *text));
    ground.ask(by, "portcullis", "ExplainAccess", input).await.unwrap()
}

fn statements(told: &Value) -> Vec<(&str, &str)> {
    let list = told.list("Statements").iter();
    list.filter_map(|held| Some((held.text("Policy")?, held.text("Text")?))).collect()
}

#[tokio::test]
async fn a_denial_is_told_with_the_whole_statement() {
    let ground = Ground::new().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]});
    let alice = ground.user("alice", Some(&policy.to_string())).await;
    let told = explained(&ground, &alice, &[("Action", "iam:createuser")]).await;
    assert_eq!((told.text("Action"), told.text("Verdict")), (Some("iam:CreateUser"), Some("ExplicitDeny")));
    assert_eq!(told.text("Because"), Some("with an explicit deny in an identity-based policy"));
    let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"NoUsers","Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}"#;
    assert_eq!(statements(&told), [("own", text)]);
    assert!(told.text("Explanation").unwrap().contains("NoUsers"));
    let told = explained(&ground, &alice, &[("Action", "ec2:StartInstances")]).await;
    assert_eq!(told.text("Verdict"), Some("Allow"));
    let told = explained(&ground, &alice, &[]).await;
    assert_eq!(told.member("Caller").unwrap().text("Arn"), Some("arn:aws:iam::123456789012:user/alice"));
}

#[tokio::test]
async fn others_are_explained_by_key_and_by_arn_and_revocations_are_told() {
    let ground = Ground::new().await;
    let admin = ground.user("admin", Some(ALLOW_ALL)).await;
    let role = ground.role("worker", &trust(&["sts:AssumeRole"], "123456789012"), Some(ALLOW_ALL)).await;
    let input = Value::structure().with("RoleArn", role.as_str()).with("RoleSessionName", "one");
    let one = Creds::issued(&ground.ask(&admin, "sts", "AssumeRole", input).await.unwrap());
    for principal in [role.as_str(), &one.key, "arn:aws:sts::123456789012:assumed-role/worker/one"] {
        let asked = [("Action", "s3:ListAllMyBuckets"), ("Principal", principal)];
        assert_eq!(explained(&ground, &admin, &asked).await.text("Verdict"), Some("Allow"), "{principal}");
    }
    let input =
        Value::structure().with("Kind", "session").with("Target", one.key.as_str()).with("Reason", "stolen");
    ground.ask(&ground.root, "portcullis", "Revoke", input).await.unwrap();
    let asked = [("Action", "s3:ListAllMyBuckets"), ("Principal", one.key.as_str())];
    let told = explained(&ground, &admin, &asked).await;
    assert_eq!(told.text("Verdict"), Some("ExplicitDeny"));
    let said = told.member("Revocation").unwrap();
    assert_eq!(said.text("Reason"), Some("stolen"));
    assert_eq!(said.text("RevokedBy"), Some("arn:aws:iam::123456789012:root"));
    let nobody = Value::structure().with("Principal", "arn:aws:iam::123456789012:role/nobody");
    let refused = ground.ask(&admin, "portcullis", "ExplainAccess", nobody).await.unwrap_err();
    assert_eq!(refused.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_request_is_explained_then_and_now() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    ground.ask(&alice, "iam", "ListUsers", Value::structure()).await.unwrap();
    let event = ground.events().await.into_iter().find(|event| event.name == "ListUsers").unwrap();
    let record: serde_json::Value = serde_json::from_str(&event.json).unwrap();
    let input = || Value::structure().with("RequestId", record["requestID"].as_str().unwrap());
    let told = ground.ask(&ground.root, "portcullis", "ExplainRequest", input()).await.unwrap();
    let [decision] = told.list("Decisions") else { panic!("{told:?}") };
    assert_eq!((decision.text("Action"), decision.text("Then")), (Some("iam:ListUsers"), Some("Allow")));
    assert_eq!(decision.list("ThenStatements")[0].text("Policy"), Some("own"));
    assert!(decision.list("ThenStatements")[0].text("Text").unwrap().contains("\"Allow\""));
    assert_eq!(decision.member("Now").unwrap().text("Verdict"), Some("Allow"));
    let removed = Value::structure().with("UserName", "alice").with("PolicyName", "own");
    ground.ask(&ground.root, "iam", "DeleteUserPolicy", removed).await.unwrap();
    let told = ground.ask(&ground.root, "portcullis", "ExplainRequest", input()).await.unwrap();
    let now = told.list("Decisions")[0].member("Now").unwrap();
    assert_eq!(now.text("Verdict"), Some("ImplicitDeny"));
    let unknown = Value::structure().with("RequestId", "no-such-request");
    let refused = ground.ask(&ground.root, "portcullis", "ExplainRequest", unknown).await.unwrap_err();
    assert_eq!(refused.code, "ResourceNotFoundException");
}
