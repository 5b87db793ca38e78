use portcullis_base::Value;
use portcullis_store::record::SessionRecord;
use portcullis_store::{Key, codec};
use serde_json::{Value as Json, json};

use crate::actions::testing::{ALLOW_ALL, Creds, Ground, trust};
use crate::draft::Draft;
use crate::error::ApiError;

const S3: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;

fn deny(action: &str, more: &[(&str, Json)]) -> String {
    let mut statement = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    for (name, value) in more {
        statement[*name] = value.clone();
    }
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

struct Scene {
    ground: Ground,
    /// Two sessions of one role, and one of another.
    sessions: Vec<Creds>,
}

impl Scene {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let admin = ground.user("admin", Some(ALLOW_ALL)).await;
        let bucket = Value::structure().with("Bucket", "data");
        ground.ask(&ground.root, "s3", "CreateBucket", bucket).await.unwrap();
        let mut sessions = Vec::new();
        for (role, name) in [("worker", "one"), ("worker", "two"), ("other", "three")] {
            let arn = format!("arn:aws:iam::123456789012:role/{role}");
            if ground.service.snapshot().role_by_arn(&arn).is_none() {
                ground.role(role, &trust(&["sts:AssumeRole"], "123456789012"), Some(S3)).await;
            }
            let input = Value::structure().with("RoleArn", arn).with("RoleSessionName", name);
            let issued = ground.ask(&admin, "sts", "AssumeRole", input).await.unwrap();
            sessions.push(Creds::issued(&issued));
        }
        Self { ground, sessions }
    }

    async fn preview(&self, by: &Creds, service: &str, action: &str, input: Json) -> Result<Value, ApiError> {
        let asked = Value::structure()
            .with("Service", service)
            .with("Action", action)
            .with("Parameters", input.to_string());
        self.ground.ask(by, "portcullis", "PreviewPolicyChange", asked).await
    }

    async fn of_root(&self, service: &str, action: &str, input: Json) -> Value {
        self.preview(&self.ground.root, service, action, input).await.unwrap()
    }
}

fn keys(told: &Value) -> Vec<&str> {
    told.list("Sessions").iter().filter_map(|session| session.text("AccessKeyId")).collect()
}

fn loses<'t>(told: &'t Value, creds: &Creds) -> Vec<(&'t str, &'t str)> {
    let session = told.list("Sessions").iter().find(|held| held.text("AccessKeyId") == Some(&creds.key));
    let turns = session.map(|session| session.list("Loses")).unwrap_or_default();
    turns.iter().filter_map(|turn| Some((turn.text("Action")?, turn.text("Resource")?))).collect()
}

#[tokio::test]
async fn a_deny_takes_from_exactly_the_sessions_it_names_and_is_not_saved() {
    let scene = Scene::new().await;
    let condition = json!({"StringLike": {"aws:userid": "*:one"}});
    let document = deny("s3:GetObject", &[("Condition", condition)]);
    let input = json!({"RoleName": "worker", "PolicyName": "deny", "PolicyDocument": document});
    let before = scene.ground.service.snapshot().epoch;
    let told = scene.of_root("iam", "PutRolePolicy", input).await;
    assert_eq!(keys(&told), [scene.sessions[0].key.as_str()], "{told:?}");
    assert_eq!(loses(&told, &scene.sessions[0]), [("s3:GetObject", "arn:aws:s3:::data/example")]);
    let turn = &told.list("Sessions")[0].list("Loses")[0];
    assert_eq!((turn.text("Before"), turn.text("After")), (Some("Allow"), Some("ExplicitDeny")));
    assert_eq!(turn.text("AfterBecause"), Some("with an explicit deny in an identity-based policy"));
    assert_eq!((told.int("SessionsTurned"), told.int("SessionsKeeping")), (Some(1), Some(2)));
    assert_eq!(scene.ground.service.snapshot().epoch, before);
}

#[tokio::test]
async fn what_goes_away_is_lost_and_what_comes_is_gained() {
    let scene = Scene::new().await;
    let told =
        scene.of_root("iam", "DeleteRolePolicy", json!({"RoleName": "other", "PolicyName": "own"})).await;
    assert_eq!(keys(&told), [scene.sessions[2].key.as_str()]);
    assert!(loses(&told, &scene.sessions[2]).contains(&("s3:GetObject", "arn:aws:s3:::data/example")));
    let policy = scene.ground.policy("more", ALLOW_ALL).await;
    let input = json!({"RoleName": "other", "PolicyArn": policy});
    let told = scene.of_root("iam", "AttachRolePolicy", input).await;
    let gains = told.list("Sessions")[0].list("Gains");
    assert!(gains.iter().any(|turn| turn.text("Action") == Some("iam:CreateUser")), "{gains:?}");
    // A session does not outlive its role.
    scene.of_root("iam", "DeleteRolePolicy", json!({"RoleName": "other", "PolicyName": "own"})).await;
    let input = Value::structure().with("RoleName", "other").with("PolicyName", "own");
    scene.ground.ask(&scene.ground.root, "iam", "DeleteRolePolicy", input).await.unwrap();
    let told = scene.of_root("iam", "DeleteRole", json!({"RoleName": "other"})).await;
    assert_eq!(told.list("Sessions")[0].bool("Ends"), Some(true));
    assert_eq!(told.list("Sessions")[0].list("Loses")[0].text("After"), Some("CredentialInvalid"));
}

#[tokio::test]
async fn a_bucket_policy_concerns_everybody_it_denies() {
    let scene = Scene::new().await;
    let statement = json!({"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::123456789012:role/worker"},
        "Action": "s3:PutObject", "Resource": "arn:aws:s3:::data/*"});
    let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let told = scene.of_root("s3", "PutBucketPolicy", json!({"Bucket": "data", "Policy": policy})).await;
    assert_eq!(keys(&told).len(), 2, "{told:?}");
    assert!(loses(&told, &scene.sessions[2]).is_empty());
    assert_eq!(loses(&told, &scene.sessions[1]), [("s3:PutObject", "arn:aws:s3:::data/example")]);
}

#[tokio::test]
async fn a_revocation_ends_exactly_those_whom_it_hits() {
    let scene = Scene::new().await;
    let told = scene.of_root("portcullis", "Revoke", json!({"Kind": "role", "Target": "worker"})).await;
    let mut expected: Vec<&str> = scene.sessions[..2].iter().map(|creds| creds.key.as_str()).collect();
    let mut found = keys(&told);
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert!(told.list("Sessions").iter().all(|session| session.bool("Ends") == Some(true)));
    assert_eq!(told.list("Sessions")[0].list("Loses")[0].text("After"), Some("ExplicitDeny"));
    let told =
        scene.of_root("portcullis", "Revoke", json!({"Kind": "role-session", "Target": "worker/nine"})).await;
    assert!(keys(&told).is_empty());
    assert_eq!(told.list("Findings")[0].text("Reason"), Some("no live session is hit by this"));
}

#[tokio::test]
async fn a_preview_needs_what_the_change_needs_and_says_what_it_would_be_told() {
    let scene = Scene::new().await;
    let only = |actions: &[&str]| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
            .to_string()
    };
    let input = || json!({"RoleName": "worker", "PolicyName": "own"});
    for (name, actions) in
        [("a", &["portcullis:*"][..]), ("b", &["iam:DeleteRolePolicy"]), ("c", &["portcullis:*", "iam:Get*"])]
    {
        let by = scene.ground.user(name, Some(&only(actions))).await;
        let refused = scene.preview(&by, "iam", "DeleteRolePolicy", input()).await.unwrap_err();
        assert!(refused.code.starts_with("AccessDenied"), "{refused}");
        let wanted = if name == "b" { "portcullis:PreviewPolicyChange" } else { "iam:DeleteRolePolicy" };
        assert!(refused.message.contains(wanted), "{refused}");
    }
    let by = scene
        .ground
        .user("d", Some(&only(&["portcullis:PreviewPolicyChange", "iam:DeleteRolePolicy"])))
        .await;
    scene.preview(&by, "iam", "DeleteRolePolicy", input()).await.unwrap();
    for (service, action, input, code) in [
        ("iam", "DeleteRolePolicy", json!({"RoleName": "nobody", "PolicyName": "own"}), "NoSuchEntity"),
        (
            "iam",
            "PutRolePolicy",
            json!({"RoleName": "worker", "PolicyName": "p", "PolicyDocument": "{"}),
            "MalformedPolicyDocument",
        ),
        ("iam", "ListUsers", json!({}), "InvalidInputException"),
        ("sts", "AssumeRole", json!({}), "InvalidInputException"),
        ("portcullis", "Import", json!({}), "InvalidInputException"),
        ("iam", "Nothing", json!({}), "InvalidInputException"),
        ("portcullis", "Revoke", json!({"Kind": "role", "Target": "nobody"}), "ResourceNotFoundException"),
    ] {
        let refused = scene.preview(&scene.ground.root, service, action, input).await.unwrap_err();
        assert_eq!(refused.code, code, "{action}: {refused}");
    }
}

#[tokio::test]
async fn parts_that_match_nobody_are_told_with_the_reason() {
    let scene = Scene::new().await;
    for (condition, reason) in [
        (json!({"StringLike": {"aws:userid": "*:nine"}}), Some("no live session has this name")),
        (json!({"StringLike": {"aws:userid": "*:one"}}), None),
        (json!({"StringLike": {"aws:userid": ["*:one", "*:nine"]}}), Some("no live session has this name")),
        (
            json!({"StringEquals": {"aws:userid": "AIDAAAAAAAAAAAAAAAAAA"}}),
            Some("no user and no live session has this id"),
        ),
        (json!({"StringEquals": {"aws:username": "nobody"}}), Some("no user has this name")),
        (json!({"StringEquals": {"aws:username": "admin"}}), None),
        (
            json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/none"}}),
            Some("no user or role has this ARN"),
        ),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/wor*"}}), None),
        (
            json!({"StringEquals": {"aws:SourceIdentity": "ann"}}),
            Some("no live session has this source identity"),
        ),
        (
            json!({"DateLessThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}),
            Some("every live session was issued after this time"),
        ),
        (json!({"DateLessThan": {"aws:TokenIssueTime": "2030-01-01T00:00:00Z"}}), None),
    ] {
        let document = deny("*", &[("Condition", condition.clone()), ("Sid", json!("Cut"))]);
        let input = json!({"RoleName": "worker", "PolicyName": "deny", "PolicyDocument": document});
        let told = scene.of_root("iam", "PutRolePolicy", input).await;
        let found: Vec<&Value> =
            told.list("Findings").iter().filter(|finding| finding.text("Code").is_none()).collect();
        let reasons: Vec<&str> = found.iter().filter_map(|finding| finding.text("Reason")).collect();
        assert_eq!(reasons, reason.into_iter().collect::<Vec<_>>(), "{condition}");
        assert!(found.iter().all(|held| held.text("Part").unwrap().contains("deny, statement Cut: ")));
    }
    let document = deny("s3:*", &[("Resource", json!(["arn:aws:s3:::data", "arn:aws:s3:::nothing/*"]))]);
    let input = json!({"RoleName": "worker", "PolicyName": "deny", "PolicyDocument": document});
    let told = scene.of_root("iam", "PutRolePolicy", input).await;
    let found =
        |reason: &str| told.list("Findings").iter().any(|held| held.text("Reason").unwrap().contains(reason));
    assert!(found("no such bucket"), "{:?}", told.list("Findings"));
}

#[tokio::test]
async fn recent_requests_are_decided_again_as_they_were_made() {
    let scene = Scene::new().await;
    let list = |prefix: &str| Value::structure().with("Bucket", "data").with("Prefix", prefix);
    for prefix in ["home/", "else/", "home/"] {
        scene.ground.ask(&scene.sessions[0], "s3", "ListObjectsV2", list(prefix)).await.unwrap();
    }
    scene.ground.ask(&scene.sessions[2], "s3", "ListObjectsV2", list("home/")).await.unwrap();
    let condition = json!({"StringEquals": {"s3:prefix": "home/"}});
    let document = deny("s3:ListBucket", &[("Condition", condition)]);
    let input = json!({"RoleName": "worker", "PolicyName": "deny", "PolicyDocument": document});
    let told = scene.of_root("iam", "PutRolePolicy", input).await;
    let rows = told.list("Requests");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((rows[0].int("Times"), rows[0].text("Action")), (Some(2), Some("s3:ListBucket")));
    assert_eq!((rows[0].text("Before"), rows[0].text("After")), (Some("Allow"), Some("ExplicitDeny")));
    assert_eq!(told.int("RequestsTurned"), Some(2));
    assert!(told.time("RequestsSince").is_some() && told.int("RequestsNotKnown") == Some(0));
    assert_eq!(loses(&told, &scene.sessions[0]), [("s3:ListBucket", "arn:aws:s3:::data")]);
}

#[tokio::test]
async fn a_key_that_becomes_inactive_turns_its_requests() {
    let scene = Scene::new().await;
    let carl = scene.ground.user("carl", Some(ALLOW_ALL)).await;
    scene.ground.ask(&carl, "iam", "ListUsers", Value::structure()).await.unwrap();
    let input = json!({"UserName": "carl", "AccessKeyId": carl.key, "Status": "Inactive"});
    let told = scene.of_root("iam", "UpdateAccessKey", input).await;
    let rows = told.list("Requests");
    assert_eq!((rows.len(), rows[0].text("After")), (1, Some("CredentialInvalid")), "{rows:?}");
}

#[tokio::test]
async fn a_start_takes_up_requests_from_the_events() {
    let scene = Scene::new().await;
    let carl = scene.ground.user("carl", Some(ALLOW_ALL)).await;
    scene.ground.ask(&carl, "iam", "ListUsers", Value::structure()).await.unwrap();
    let service = &scene.ground.service;
    let again = crate::recent::Recent::take_up(&service.audit, &service.snapshot()).await.unwrap();
    let all = again.of(None);
    let made = all.iter().find(|made| made.arn.ends_with("user/carl")).unwrap();
    assert_eq!((made.needs[0].need.action, made.was_allowed), ("iam:ListUsers", Some(true)));
    assert_eq!(made.key.as_ref().map(ToString::to_string), Some(carl.key));
}

#[tokio::test]
async fn a_session_from_before_such_things_were_kept_is_told_as_not_known() {
    let scene = Scene::new().await;
    let service = &scene.ground.service;
    let key = Key::session(&scene.sessions[0].key.parse().unwrap());
    let held = service.engine.read(&key).await.unwrap().unwrap();
    let mut record: SessionRecord = codec::from_bytes(&held.value).unwrap();
    let claims = crate::token::from_bytes(record.claims.as_deref().unwrap()).unwrap();
    assert!(claims.secret.expose_bytes().is_empty(), "the store has no secret in the clear");
    record.claims = None;
    let mut draft = Draft::new();
    draft.put_session(&record);
    scene.ground.write(draft).await;
    let document = deny("s3:GetObject", &[]);
    let input = json!({"RoleName": "worker", "PolicyName": "deny", "PolicyDocument": document});
    let told = scene.of_root("iam", "PutRolePolicy", input).await;
    assert_eq!(keys(&told), [scene.sessions[1].key.as_str()]);
    let counts = ["SessionsTurned", "SessionsKeeping", "SessionsNotKnown", "SessionsNotLookedAt"];
    assert_eq!(counts.map(|name| told.int(name).unwrap()), [1, 1, 1, 0]);
}
