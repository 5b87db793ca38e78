use portcullis_base::Value;
use serde_json::json;

use crate::actions::testing::{ALLOW_ALL, Creds, Ground, trust};
use crate::error::ApiError;

const ROOT: &str = "arn:aws:iam::123456789012:root";

fn structure() -> Value {
    Value::structure()
}

async fn listed(ground: &Ground, creds: &Creds, input: Value) -> Result<Value, ApiError> {
    ground.ask(creds, "portcullis", "ListStaleDenies", input).await
}

/// The statements that are listed, by kind, with whether each is stale.
async fn found(ground: &Ground) -> Vec<(String, bool)> {
    let answer = listed(ground, &ground.root, structure().with("IncludeNeeded", true)).await.unwrap();
    let denies = answer.list("Denies");
    let of = |deny: &Value| {
        let kind = deny.text("Kind").unwrap().to_owned();
        let statements = deny.list("Statements").iter();
        statements.map(|it| (kind.clone(), it.bool("IsStale").unwrap())).collect::<Vec<_>>()
    };
    denies.iter().flat_map(of).collect()
}

fn deny(condition: &serde_json::Value) -> String {
    let statement = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// A role with a live session `one` of an hour.
async fn scene() -> (Ground, Creds, String) {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("Ops", &trust(&["sts:AssumeRole"], ROOT), Some(ALLOW_ALL)).await;
    let input = structure().with("RoleArn", role.as_str()).with("RoleSessionName", "one");
    ground.ask(&alice, "sts", "AssumeRole", input).await.unwrap();
    let id = ground.service.snapshot().role_by_arn(&role).unwrap().record.id.to_string();
    (ground, alice, id)
}

async fn put(ground: &Ground, name: &str, document: String) {
    let input = structure().with("RoleName", "Ops").with("PolicyName", name).with("PolicyDocument", document);
    ground.ask(&ground.root, "iam", "PutRolePolicy", input).await.unwrap();
}

#[tokio::test]
async fn a_deny_is_stale_once_the_last_session_that_it_could_meet_has_ended() {
    let (ground, _, id) = scene().await;
    put(&ground, "cut", deny(&json!({"StringEquals": {"aws:userid": format!("{id}:one")}}))).await;
    let all = structure().with("IncludeNeeded", true);
    let answer = listed(&ground, &ground.root, all).await.unwrap();
    let [held] = answer.list("Denies") else { panic!("{answer:?}") };
    let [statement] = held.list("Statements") else { panic!("{held:?}") };
    let ends = ground.service.world.clock.now().plus(std::time::Duration::from_hours(1));
    assert_eq!((statement.bool("IsStale"), statement.time("Until")), (Some(false), Some(ends)));
    assert!(held.list("Commands").is_empty());
    assert!(listed(&ground, &ground.root, structure()).await.unwrap().list("Denies").is_empty());

    ground.forward(3600);
    let answer = listed(&ground, &ground.root, structure()).await.unwrap();
    let [held] = answer.list("Denies") else { panic!("{answer:?}") };
    let [command] = held.list("Commands") else { panic!("{held:?}") };
    assert_eq!(command.as_text(), Some("aws iam delete-role-policy --role-name Ops --policy-name cut"));
    let [statement] = held.list("Statements") else { panic!("{held:?}") };
    assert_eq!(statement.bool("CanMatchAgain"), Some(true), "another session can have the name");
    assert_eq!(statement.time("Since"), None, "nobody knows any more when the last of them ended");
}

#[tokio::test]
async fn by_the_time_of_issue_nobody_comes_again_and_the_latest_end_is_known() {
    let (ground, alice, _) = scene().await;
    let now = ground.service.world.clock.now();
    let older = deny(&json!({"DateLessThan": {"aws:TokenIssueTime": now.iso_millis()}}));
    put(&ground, "AWSRevokeOlderSessions", older).await;
    // The session was issued at this instant, not before it.
    let answer = listed(&ground, &ground.root, structure()).await.unwrap();
    let [held] = answer.list("Denies") else { panic!("{answer:?}") };
    let [statement] = held.list("Statements") else { panic!("{held:?}") };
    assert_eq!((statement.bool("CanMatchAgain"), statement.time("Since")), (Some(false), None));
    ground.forward(13 * 3600);
    let answer = listed(&ground, &ground.root, structure()).await.unwrap();
    let [held] = answer.list("Denies") else { panic!("{answer:?}") };
    let [statement] = held.list("Statements") else { panic!("{held:?}") };
    let ended = now.plus(std::time::Duration::from_hours(12));
    assert_eq!(statement.time("Since"), Some(ended), "no session of a role lives longer than twelve hours");

    let later = deny(&json!({"DateLessThan": {"aws:TokenIssueTime": "2030-01-01T00:00:00Z"}}));
    put(&ground, "AWSRevokeOlderSessions", later).await;
    let answer = listed(&ground, &ground.root, structure()).await.unwrap();
    let [held] = answer.list("Denies") else { panic!("{answer:?}") };
    assert_eq!(held.list("Statements")[0].bool("CanMatchAgain"), Some(true));
    let role = ground.service.snapshot().roles.named(ground.account(), "Ops").unwrap().arn.to_string();
    let input = structure().with("RoleArn", role).with("RoleSessionName", "two");
    ground.ask(&alice, "sts", "AssumeRole", input).await.unwrap();
    assert_eq!(found(&ground).await, [("role-policy".to_owned(), false)]);
}

#[tokio::test]
async fn only_who_it_can_reach_counts() {
    let (ground, alice, id) = scene().await;
    // Another role's session of the same name, and a user's, are not this role's.
    let other = ground.role("Other", &trust(&["sts:AssumeRole"], ROOT), None).await;
    let input = structure().with("RoleArn", other).with("RoleSessionName", "two");
    ground.ask(&alice, "sts", "AssumeRole", input).await.unwrap();
    put(&ground, "names", deny(&json!({"StringLike": {"aws:userid": "*:two"}}))).await;
    assert_eq!(found(&ground).await, [("role-policy".to_owned(), true)]);
    put(&ground, "names", deny(&json!({"StringLike": {"aws:userid": "*:o?e"}}))).await;
    assert_eq!(found(&ground).await, [("role-policy".to_owned(), false)]);
    // What reaches the whole account does.
    ground.policy("wide", &deny(&json!({"StringLike": {"aws:userid": "*:two"}}))).await;
    ground.policy("gone", &deny(&json!({"StringEquals": {"aws:userid": format!("{id}:three")}}))).await;
    let all = found(&ground).await;
    assert_eq!(
        all,
        [
            ("managed-policy".to_owned(), true),
            ("managed-policy".to_owned(), false),
            ("role-policy".to_owned(), false)
        ]
    );
}

#[tokio::test]
async fn a_deleted_roles_sessions_are_good_for_nothing_and_do_not_come_again() {
    let (ground, _, id) = scene().await;
    ground.policy("of-role", &deny(&json!({"StringLike": {"aws:userid": format!("{id}:*")}}))).await;
    assert_eq!(found(&ground).await, [("managed-policy".to_owned(), false)]);
    let own = structure().with("RoleName", "Ops").with("PolicyName", "own");
    ground.ask(&ground.root, "iam", "DeleteRolePolicy", own).await.unwrap();
    ground.ask(&ground.root, "iam", "DeleteRole", structure().with("RoleName", "Ops")).await.unwrap();
    let answer = listed(&ground, &ground.root, structure()).await.unwrap();
    let [held] = answer.list("Denies") else { panic!("{answer:?}") };
    assert_eq!(held.list("Statements")[0].bool("CanMatchAgain"), Some(false));
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let (ground, _, _) = scene().await;
    for name in ["a", "b", "c"] {
        put(&ground, name, deny(&json!({"StringEquals": {"aws:SourceIdentity": "gone"}}))).await;
    }
    let (mut names, mut token) = (Vec::new(), None::<String>);
    loop {
        let input = structure().with("MaxResults", 2_i64).with_some("NextToken", token.take());
        let answer = listed(&ground, &ground.root, input).await.unwrap();
        names.extend(answer.list("Denies").iter().map(|it| it.text("PolicyName").unwrap().to_owned()));
        token = answer.text("NextToken").map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
    let refused = listed(&ground, &ground.root, structure().with("NextToken", "x")).await.unwrap_err();
    assert_eq!(refused.code, "InvalidInputException");
}
