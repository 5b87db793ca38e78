use portcullis_base::Value;
use serde_json::{Value as Json, json};

use crate::actions::testing::{ACCOUNT, ALLOW_ALL, Creds, Ground};
use crate::error::ApiError;
use crate::import::{File, pack};

fn user(name: &str, letter: char) -> Json {
    json!({ "Path": "/", "UserName": name, "UserId": format!("AIDA{}", letter.to_string().repeat(17)),
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "CreateDate": "2019-03-04T05:06:07Z" })
}

fn bundle(users: &[Json]) -> Value {
    let text = json!({ "UserDetailList": users }).to_string();
    let packed = pack(&[File { name: "page.json".to_owned(), text }]).unwrap();
    Value::structure().with("Bundle", Value::Blob(packed))
}

async fn import(ground: &Ground, creds: &Creds, input: Value) -> Result<Value, ApiError> {
    ground.ask(creds, "portcullis", "Import", input).await
}

#[tokio::test]
async fn two_imports_at_once_are_planned_one_after_the_other() {
    let ground = Ground::new().await;
    let admin = ground.user("admin", Some(ALLOW_ALL)).await;
    let (one, other) = tokio::join!(
        import(&ground, &ground.root, bundle(&[user("alice", 'A'), user("bob", 'B')])),
        import(&ground, &admin, bundle(&[user("alice", 'C')])),
    );
    let stored = [one.unwrap(), other.unwrap()].map(|report| report.bool("Stored").unwrap());
    // Whoever came second met a namesake, and stored nothing.
    assert_ne!(stored[0], stored[1]);
    let snapshot = ground.service.snapshot();
    let alice = snapshot.users.named(ground.account(), "alice").unwrap();
    assert_eq!(
        snapshot.users.named(ground.account(), "bob").is_some(),
        alice.record.id.to_string().ends_with('A')
    );
}

#[tokio::test]
async fn who_loses_the_permission_meanwhile_stores_nothing() {
    let ground = Ground::new().await;
    let admin = ground.user("admin", Some(ALLOW_ALL)).await;
    let deny =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}}"#;
    let input =
        Value::structure().with("UserName", "admin").with("PolicyName", "later").with("PolicyDocument", deny);
    let (report, cut) = tokio::join!(
        import(&ground, &admin, bundle(&[user("alice", 'A')])),
        ground.ask(&ground.root, "iam", "PutUserPolicy", input),
    );
    cut.unwrap();
    // Either it was done before, or it was refused; it is never done by what no longer holds.
    let is_there = ground.service.snapshot().users.named(ground.account(), "alice").is_some();
    assert_eq!(report.is_ok(), is_there);
    let again = import(&ground, &admin, bundle(&[user("bob", 'B')])).await.unwrap_err();
    assert_eq!(again.code, "AccessDeniedException");
}

#[tokio::test]
async fn its_event_has_the_counts_and_not_the_bundle() {
    let ground = Ground::new().await;
    let users: Vec<Json> = ('A'..='Z').map(|letter| user(&format!("user-{letter}"), letter)).collect();
    import(&ground, &ground.root, bundle(&users)).await.unwrap();
    let events = ground.events().await;
    let events: Vec<_> = events.iter().filter(|event| event.name == "Import").collect();
    let [event] = events.as_slice() else { panic!("{} events", events.len()) };
    assert!(event.json.contains(r#"{"account":"123456789012","kind":"user","count":26}"#), "{}", event.json);
    assert!(event.json.contains(r#""kind":"account-authorization-details","count":1"#), "{}", event.json);
    assert!(!event.json.contains("undle") && !event.read_only);
}
