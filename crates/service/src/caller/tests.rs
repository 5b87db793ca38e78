//! Every kind of principal, as policies see it (its condition keys, all of them and no other) and as the audit event
//! tells it.

mod namesake;

use std::collections::BTreeMap;

use portcullis_base::{Tag, Value};
use portcullis_policy::ContextValue;
use serde_json::{Value as Json, json};

use super::*;
use crate::actions::testing::{ACCOUNT, ALLOW_ALL, BEGINNING, Creds, Ground, facts, trust};
use crate::audit::Trail;
use crate::context;
use crate::credential;
use crate::draft::Draft;
use crate::port::{Claim, Facts, SignatureForm};

const SECOND: i64 = 1000;

/// The caller that these credentials make, after a change to what its token says.
fn caller_with(ground: &Ground, creds: &Creds, change: impl FnOnce(&mut Claims)) -> Caller {
    let service = &ground.service;
    let claim = Claim {
        access_key_id: creds.key.clone(),
        session_token: creds.token.clone(),
        form: SignatureForm::Header,
        signed_at: Timestamp::from_millis(BEGINNING),
    };
    let snapshot = service.snapshot();
    let opened =
        credential::open(&claim, &snapshot, &service.ring(), &service.session_policies, Family::Query)
            .unwrap();
    let opened = match opened {
        Opened::Session(session) => {
            let mut claims = session.claims.clone();
            change(&mut claims);
            Opened::Session(Arc::new(Session { claims, policy: session.policy.clone() }))
        }
        long_term @ Opened::LongTerm(_) => long_term,
    };
    Caller::of(&opened, &snapshot, service.world.clock.now(), Family::Query).unwrap()
}

fn caller(ground: &Ground, creds: &Creds) -> Caller {
    caller_with(ground, creds, |_| {})
}

/// All keys of a request five seconds after the beginning, as text.
fn keys(caller: &Caller, facts: &Facts) -> BTreeMap<String, String> {
    let context = context::of_request(caller, facts, Timestamp::from_millis(BEGINNING + 5 * SECOND));
    let context = context.to_context();
    context
        .iter()
        .map(|(key, value)| match value {
            ContextValue::One(value) => (key.to_owned(), value.clone()),
            ContextValue::Many(values) => (key.to_owned(), format!("{values:?}")),
        })
        .collect()
}

fn identity(caller: &Caller) -> Json {
    let mut trail = Trail::new("id".to_owned(), facts(), "sts");
    trail.caller = Some(caller.clone());
    let events = trail.events(Timestamp::EPOCH, ACCOUNT.parse().unwrap(), Ok(&Value::structure()), |_| true);
    let [event] = events.as_slice() else { panic!("{} events", events.len()) };
    serde_json::from_str::<Json>(&event.json).unwrap()["userIdentity"].clone()
}

/// The keys of every request of these tests, and those given.
fn with_common(own: &[(&str, &str)]) -> BTreeMap<String, String> {
    let common = [
        ("aws:currenttime", "2026-11-18T11:06:45.000Z"),
        ("aws:epochtime", "1795000005"),
        ("aws:requestedregion", "us-east-1"),
        ("aws:securetransport", "false"),
        ("aws:sourceip", "127.0.0.1"),
        ("aws:useragent", "test"),
        ("aws:viaawsservice", "false"),
    ];
    common.iter().chain(own).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// And those of every signed one.
fn signed(own: &[(&str, &str)]) -> BTreeMap<String, String> {
    let signed = [("aws:principalaccount", ACCOUNT), ("aws:principalisawsservice", "false")];
    let own: Vec<_> = signed.iter().chain(own).copied().collect();
    with_common(&own)
}

/// A user with a path and a tag.
async fn alice(ground: &Ground) -> (Creds, String) {
    let creds = ground.user("alice", Some(ALLOW_ALL)).await;
    let mut record = ground.service.snapshot().users.named(ground.account(), "alice").unwrap().record.clone();
    record.path = "/team/".into();
    record.tags.set(Tag { key: "Team".to_owned(), value: "red".to_owned() });
    let mut draft = Draft::new();
    draft.put_user(&record);
    ground.write(draft).await;
    (creds, record.id.to_string())
}

async fn issued(ground: &Ground, by: &Creds, operation: &str, input: Value) -> Creds {
    Creds::issued(&ground.ask(by, "sts", operation, input).await.unwrap())
}

#[tokio::test]
async fn root_by_its_key() {
    let ground = Ground::new().await;
    let root = caller(&ground, &ground.root);
    let arn = "arn:aws:iam::123456789012:root";
    let own = [("aws:principalarn", arn), ("aws:principaltype", "Account"), ("aws:userid", ACCOUNT)];
    assert_eq!(keys(&root, &facts()), signed(&own));
    let told = json!({
        "type": "Root", "principalId": ACCOUNT, "arn": arn, "accountId": ACCOUNT, "accessKeyId": ground.root.key,
    });
    assert_eq!(identity(&root), told);
}

#[tokio::test]
async fn root_by_a_session_of_its_own() {
    let ground = Ground::new().await;
    let creds = issued(&ground, &ground.root, "GetSessionToken", Value::structure()).await;
    let root = caller(&ground, &creds);
    let own = [
        ("aws:multifactorauthpresent", "false"),
        ("aws:principalarn", "arn:aws:iam::123456789012:root"),
        ("aws:principaltype", "Account"),
        ("aws:tokenissuetime", "2026-11-18T11:06:40.000Z"),
        ("aws:userid", ACCOUNT),
    ];
    assert_eq!(keys(&root, &facts()), signed(&own));
    let told = identity(&root);
    assert_eq!((&told["type"], &told["accessKeyId"]), (&json!("Root"), &json!(creds.key)));
    let attributes = json!({ "creationDate": "2026-11-18T11:06:40Z", "mfaAuthenticated": "false" });
    assert_eq!(told["sessionContext"], json!({ "attributes": attributes }));
}

#[tokio::test]
async fn a_user_by_its_key_and_by_sessions_with_and_without_mfa() {
    let ground = Ground::new().await;
    let (creds, id) = alice(&ground).await;
    let arn = "arn:aws:iam::123456789012:user/team/alice";
    let own = [
        ("aws:principalarn", arn),
        ("aws:principaltag/team", "red"),
        ("aws:principaltype", "User"),
        ("aws:userid", &id),
        ("aws:username", "alice"),
    ];
    let user = caller(&ground, &creds);
    assert_eq!(keys(&user, &facts()), signed(&own));
    let told = json!({
        "type": "IAMUser", "principalId": id, "arn": arn, "accountId": ACCOUNT, "accessKeyId": creds.key,
        "userName": "alice",
    });
    assert_eq!(identity(&user), told);

    let session = issued(&ground, &creds, "GetSessionToken", Value::structure()).await;
    let user = caller(&ground, &session);
    let mut with_session = own.to_vec();
    with_session.push(("aws:tokenissuetime", "2026-11-18T11:06:40.000Z"));
    with_session.push(("aws:multifactorauthpresent", "false"));
    assert_eq!(keys(&user, &facts()), signed(&with_session));
    let told = identity(&user);
    assert_eq!((&told["type"], &told["userName"]), (&json!("IAMUser"), &json!("alice")));
    assert_eq!(told["sessionContext"]["attributes"]["mfaAuthenticated"], "false");
    assert!(told["sessionContext"].get("sessionIssuer").is_none());

    let proved = Timestamp::from_millis(BEGINNING - 10 * SECOND);
    let user = caller_with(&ground, &session, |claims| claims.mfa_at = Some(proved));
    with_session.pop();
    with_session.extend([("aws:multifactorauthpresent", "true"), ("aws:multifactorauthage", "15")]);
    assert_eq!(keys(&user, &facts()), signed(&with_session));
    assert_eq!(identity(&user)["sessionContext"]["attributes"]["mfaAuthenticated"], "true");
}

#[tokio::test]
async fn a_federated_user_of_a_user_and_one_of_root() {
    let ground = Ground::new().await;
    let (creds, id) = alice(&ground).await;
    let tag = Value::structure().with("Key", "TEAM").with("Value", "blue");
    let input = Value::structure().with("Name", "alice").with("Tags", Value::List(vec![tag]));
    let federated = issued(&ground, &creds, "GetFederationToken", input).await;
    let arn = "arn:aws:sts::123456789012:federated-user/alice";
    let own = [
        ("aws:multifactorauthpresent", "false"),
        ("aws:principalarn", arn),
        ("aws:principaltag/team", "blue"),
        ("aws:principaltype", "FederatedUser"),
        ("aws:tokenissuetime", "2026-11-18T11:06:40.000Z"),
        ("aws:userid", "123456789012:alice"),
    ];
    let of_user = caller(&ground, &federated);
    assert_eq!(keys(&of_user, &facts()), signed(&own), "no user name, although its name is that of a user");
    let told = json!({
        "type": "FederatedUser", "principalId": "123456789012:alice", "arn": arn, "accountId": ACCOUNT,
        "accessKeyId": federated.key,
        "sessionContext": {
            "attributes": { "creationDate": "2026-11-18T11:06:40Z", "mfaAuthenticated": "false" },
            "sessionIssuer": {
                "type": "IAMUser", "principalId": id, "arn": "arn:aws:iam::123456789012:user/team/alice",
                "accountId": ACCOUNT, "userName": "alice",
            },
        },
    });
    assert_eq!(identity(&of_user), told);

    let federated =
        issued(&ground, &ground.root, "GetFederationToken", Value::structure().with("Name", "bob")).await;
    let of_root = caller(&ground, &federated);
    let own = [
        ("aws:multifactorauthpresent", "false"),
        ("aws:principalarn", "arn:aws:sts::123456789012:federated-user/bob"),
        ("aws:principaltype", "FederatedUser"),
        ("aws:tokenissuetime", "2026-11-18T11:06:40.000Z"),
        ("aws:userid", "123456789012:bob"),
    ];
    assert_eq!(keys(&of_root, &facts()), signed(&own));
    let issuer = json!({
        "type": "Root", "principalId": ACCOUNT, "arn": "arn:aws:iam::123456789012:root", "accountId": ACCOUNT,
    });
    assert_eq!(identity(&of_root)["sessionContext"]["sessionIssuer"], issuer);
}

#[tokio::test]
async fn a_role_session_and_one_that_it_assumed() {
    let ground = Ground::new().await;
    let (creds, _) = alice(&ground).await;
    let actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    let trust = trust(&actions, "arn:aws:iam::123456789012:root");
    let role = ground
        .role_with("Reader", &trust, Some(ALLOW_ALL), |record| {
            record.path = "/team/".into();
            record.tags.set(Tag { key: "Team".to_owned(), value: "red".to_owned() });
            record.tags.set(Tag { key: "Kept".to_owned(), value: "role".to_owned() });
        })
        .await;
    let id = ground.service.snapshot().role_by_arn(&role).unwrap().record.id;
    let tag = Value::structure().with("Key", "TEAM").with("Value", "blue");
    let input = Value::structure()
        .with("RoleArn", role.as_str())
        .with("RoleSessionName", "mary")
        .with("SourceIdentity", "Mary.Jones")
        .with("Tags", Value::List(vec![tag]));
    let session = issued(&ground, &creds, "AssumeRole", input).await;
    let user_id = format!("{id}:mary");
    let own = [
        ("aws:multifactorauthpresent", "false"),
        ("aws:principalarn", "arn:aws:iam::123456789012:role/team/Reader"),
        ("aws:principaltag/kept", "role"),
        ("aws:principaltag/team", "blue"),
        ("aws:principaltype", "AssumedRole"),
        ("aws:sourceidentity", "Mary.Jones"),
        ("aws:tokenissuetime", "2026-11-18T11:06:40.000Z"),
        ("aws:userid", &user_id),
    ];
    let reader = caller(&ground, &session);
    assert_eq!(keys(&reader, &facts()), signed(&own));
    let told = json!({
        "type": "AssumedRole", "principalId": user_id, "arn": "arn:aws:sts::123456789012:assumed-role/Reader/mary",
        "accountId": ACCOUNT, "accessKeyId": session.key,
        "sessionContext": {
            "attributes": { "creationDate": "2026-11-18T11:06:40Z", "mfaAuthenticated": "false" },
            "sessionIssuer": {
                "type": "Role", "principalId": id.to_string(), "arn": role, "accountId": ACCOUNT, "userName": "Reader",
            },
            "webIdFederationData": {},
            "sourceIdentity": "Mary.Jones",
        },
    });
    assert_eq!(identity(&reader), told);

    ground.forward(2);
    let input = Value::structure().with("RoleArn", role.as_str()).with("RoleSessionName", "next");
    let next = caller(&ground, &issued(&ground, &session, "AssumeRole", input).await);
    let keys = keys(&next, &facts());
    assert_eq!(keys["aws:sourceidentity"], "Mary.Jones", "it persists down the chain");
    assert_eq!(keys["aws:principaltag/team"], "red", "the session's tag was not transitive");
    assert_eq!(keys["aws:tokenissuetime"], "2026-11-18T11:06:42.000Z", "each hop has a time of its own");
}

#[tokio::test]
async fn nobody() {
    let nobody = Caller::anonymous();
    let own = [
        ("aws:principalaccount", "anonymous"),
        ("aws:principaltype", "Anonymous"),
        ("aws:userid", "anonymous"),
    ];
    assert_eq!(keys(&nobody, &facts()), with_common(&own));
    assert_eq!(
        identity(&nobody),
        json!({ "type": "AWSAccount", "principalId": "", "accountId": "anonymous" })
    );
}

#[tokio::test]
async fn only_verified_facts_become_keys() {
    let ground = Ground::new().await;
    let (creds, _) = alice(&ground).await;
    let user = caller(&ground, &creds);
    let plain = keys(&user, &facts());
    let names = ["x-amz-userid", "x-amz-meta-aws:principaltag/team", "x-amz-sourceip", "x-amz-username"];
    let headers = names.map(|name| (name.to_owned(), "forged".to_owned())).to_vec();
    assert_eq!(keys(&user, &Facts { headers, ..facts() }), plain);

    let told = Facts {
        source_ip: "::ffff:10.0.0.1".parse().unwrap(),
        user_agent: None,
        referer: Some("https://example.org/".to_owned()),
        secure: true,
        ..facts()
    };
    let keys = keys(&user, &told);
    assert_eq!(keys["aws:sourceip"], "10.0.0.1", "a mapped address is the one that policies mean");
    assert_eq!(
        (keys["aws:securetransport"].as_str(), keys["aws:referer"].as_str()),
        ("true", "https://example.org/")
    );
    assert!(!keys.contains_key("aws:useragent"), "what was not sent is absent, not empty");
}

#[test]
fn tags_of_a_request_stay_under_their_own_keys() {
    let tag = |key: &str, value: &str| Value::structure().with("Key", key).with("Value", value);
    let tags = vec![tag("aws:userid", "forged"), tag("/../aws:username", "forged"), tag("Empty", "")];
    let context = request_tags(&Value::structure().with("Tags", Value::List(tags)));
    let keys: Vec<&str> = context.iter().map(|(key, _)| key).collect();
    let expected = [
        "aws:requesttag//../aws:username",
        "aws:requesttag/aws:userid",
        "aws:requesttag/empty",
        "aws:tagkeys",
    ];
    assert_eq!(keys, expected);
    assert_eq!(context.lookup("aws:RequestTag/Empty"), Some(&ContextValue::One(String::new())));
    let none = Value::structure().with("Tags", Value::List(Vec::new()));
    assert_eq!(request_tags(&none).iter().count(), 0);
}

fn request_tags(input: &Value) -> portcullis_policy::Context {
    let tags = context::RequestTags::of(input);
    let mut view = portcullis_policy::serving::View::new();
    tags.add_to(&mut view);
    view.to_context()
}
