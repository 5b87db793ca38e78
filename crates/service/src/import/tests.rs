//! Plans, without a store.

use portcullis_base::AccountId;
use portcullis_base::world::World;
use portcullis_store::record::{RoleRecord, UserRecord};
use portcullis_store::{Change, Key, MasterKey, codec};
use serde_json::{Value as Json, json};

use super::{File, Here, Kind, Options, Plan, plan};
use crate::limits::Limits;
use crate::snapshot::Snapshot;

const ACCOUNT: &str = "111122223333";
const WHEN: &str = "2019-03-04T05:06:07Z";

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

fn options() -> Options {
    Options {
        account: None,
        bucket_account: None,
        skips_unreadable: false,
        region: "us-east-1".to_owned(),
        is_operator: false,
    }
}

fn file(content: &Json) -> File {
    File { name: "page.json".to_owned(), text: content.to_string() }
}

fn planned(content: &Json, options: &Options) -> Plan {
    plan(&[file(content)], Here::New, options, &Limits::default(), &World::system())
}

fn id(prefix: &str, letter: char) -> String {
    format!("{prefix}{}", letter.to_string().repeat(17))
}

fn allow(actions: &str) -> Json {
    json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": actions, "Resource": "*" } })
}

fn trust(principal: &str) -> Json {
    json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": principal } } })
}

fn user(name: &str, letter: char, groups: &[&str]) -> Json {
    json!({ "Path": "/", "UserName": name, "UserId": id("AIDA", letter), "CreateDate": WHEN,
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "GroupList": groups })
}

fn group(name: &str, letter: char, policy: &str) -> Json {
    json!({ "Path": "/", "GroupName": name, "GroupId": id("AGPA", letter), "CreateDate": WHEN,
        "Arn": format!("arn:aws:iam::{ACCOUNT}:group/{name}"),
        "AttachedManagedPolicies": [{ "PolicyArn": format!("arn:aws:iam::{ACCOUNT}:policy/{policy}") }] })
}

fn role(name: &str, letter: char, trust: &Json) -> Json {
    json!({ "Path": "/", "RoleName": name, "RoleId": id("AROA", letter), "CreateDate": WHEN,
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "AssumeRolePolicyDocument": trust })
}

fn policy(name: &str, letter: char, text: &Json) -> Json {
    let version =
        json!({ "VersionId": "v3", "IsDefaultVersion": true, "CreateDate": WHEN, "Document": text });
    json!({ "Path": "/", "PolicyName": name, "PolicyId": id("ANPA", letter), "CreateDate": WHEN,
        "Arn": format!("arn:aws:iam::{ACCOUNT}:policy/{name}"), "DefaultVersionId": "v3",
        "PolicyVersionList": [version] })
}

/// The snapshot after a plan.
fn applied(plan: &Plan) -> Snapshot {
    assert_eq!(plan.report.problems, []);
    let change =
        Change { revision: portcullis_store::Revision(1), puts: plan.records.clone(), deletes: Vec::new() };
    let master = MasterKey::generate(&World::system()).unwrap();
    Snapshot::empty(plan.account.unwrap()).apply(&change, &master).unwrap()
}

fn record<T: for<'b> codec::Decode<'b>>(plan: &Plan, key: &Key) -> T {
    let (_, value) = plan.records.iter().find(|(held, _)| held == key).unwrap();
    codec::from_bytes(value).unwrap()
}

#[test]
fn names_become_the_ids_of_the_files_and_others_nobody() {
    let stranger = "arn:aws:iam::999999999999:role/stranger";
    let page = json!({
        "UserDetailList": [user("alice", 'A', &["team"])],
        "GroupDetailList": [group("team", 'B', "Own")],
        "RoleDetailList": [
            role("known", 'C', &trust(&format!("arn:aws:iam::{ACCOUNT}:user/alice"))),
            role("open", 'D', &trust(stranger)),
            role("dead", 'E', &trust("AIDAZZZZZZZZZZZZZZZZZ")),
        ],
        "Policies": [policy("Own", 'F', &allow("s3:*"))],
    });
    let made = planned(&page, &options());
    let nobody: Vec<&str> = made.report.nobody.iter().map(|remark| remark.reason.as_str()).collect();
    assert_eq!(nobody, [stranger, "AIDAZZZZZZZZZZZZZZZZZ"]);
    let alice: UserRecord = record(&made, &Key::user(account(), id("AIDA", 'A').parse().unwrap()));
    assert_eq!(alice.groups, [id("AGPA", 'B').parse().unwrap()]);
    let known: RoleRecord = record(&made, &Key::role(account(), id("AROA", 'C').parse().unwrap()));
    assert_eq!(known.trust.principals.first().unwrap().id, alice.id);
    let open: RoleRecord = record(&made, &Key::role(account(), id("AROA", 'D').parse().unwrap()));
    assert!(open.trust.principals.is_empty() && json!(open.trust.text) == json!(trust(stranger).to_string()));
    // What is here now is the same, and nothing else.
    let here = applied(&made);
    let again = plan(&[file(&page)], Here::There(&here), &options(), &Limits::default(), &World::system());
    assert!(again.records.is_empty() && again.report.problems.is_empty() && again.report.taken.is_empty());
    assert_eq!(again.report.unchanged.values().sum::<usize>(), 6);
    assert!(!again.needs.is_empty(), "what is here already is asked for all the same");
}

#[test]
fn what_is_left_out_takes_with_it_whoever_would_be_freer() {
    let page = json!({
        "UserDetailList": [user("alice", 'A', &["team"]), user("bob", 'B', &[])],
        "GroupDetailList": [group("team", 'C', "Broken")],
        "Policies": [policy("Broken", 'D', &json!({ "Statement": [{ "Effect": "Deny" }] }))],
    });
    let refused = planned(&page, &options());
    assert!(refused.records.is_empty());
    assert_eq!(refused.report.problems.len(), 1, "{:?}", refused.report.problems);
    let taken = planned(&page, &Options { skips_unreadable: true, ..options() });
    assert_eq!(taken.report.problems, []);
    assert_eq!(taken.report.taken.iter().collect::<Vec<_>>(), [(&(account(), Kind::User), &1)]);
    let left: Vec<&str> =
        taken.report.not_taken.iter().map(|it| it.entity.rsplit('/').next().unwrap()).collect();
    assert_eq!(left, ["Broken", "team", "alice"]);
}

#[test]
fn a_version_keeps_its_number_and_the_next_one_is_higher() {
    let made = planned(&json!({ "Policies": [policy("Own", 'F', &allow("s3:*"))] }), &options());
    let here = applied(&made);
    let held = here.policy_by_arn(&format!("arn:aws:iam::{ACCOUNT}:policy/Own")).unwrap();
    assert_eq!((held.record.default_version, held.record.last_version), (3, 3));
}

#[test]
fn an_import_is_refused_for_no_quota_and_tells_of_each() {
    let mut limits = Limits::default();
    limits.set("users", 1).unwrap();
    limits.set("trust-policy-size", 10).unwrap();
    let page = json!({
        "UserDetailList": [user("alice", 'A', &[]), user("bob", 'B', &[])],
        "RoleDetailList": [role("open", 'D', &trust("*"))],
    });
    let made = plan(&[file(&page)], Here::New, &options(), &limits, &World::system());
    let over: Vec<&str> = made.report.quotas.iter().map(|it| it.reason.rsplit(' ').next().unwrap()).collect();
    assert_eq!(over, ["users=1", "trust-policy-size=10"]);
    assert_eq!(made.records.len(), 3);
}

#[test]
fn no_text_makes_the_planner_panic() {
    let page = json!({
        "UserDetailList": [user("alice", 'A', &["team"])],
        "GroupDetailList": [group("team", 'B', "Own")],
        "RoleDetailList": [role("known", 'C', &trust("*"))],
        "Policies": [policy("Own", 'F', &allow("s3:*"))],
    });
    let whole = page.to_string();
    for end in 0..whole.len() {
        let text = whole.get(..end).unwrap_or_default().to_owned();
        let cut = [File { name: "p-abcdefgh-111122223333.json".to_owned(), text }];
        let made = plan(&cut, Here::New, &options(), &Limits::default(), &World::system());
        assert!(made.records.is_empty() && !made.report.problems.is_empty());
    }
    let replacements =
        [json!(null), json!(7), json!([]), json!({}), json!("x"), json!([null]), json!({ "Id": [] })];
    for member in [
        "UserDetailList",
        "Policies",
        "Accounts",
        "Roots",
        "Targets",
        "Policy",
        "Organization",
        "ResourcePolicy",
        "Tags",
        "Statement",
    ] {
        for value in &replacements {
            for inner in [
                json!({ member: value }),
                json!({ member: [value] }),
                json!({ member: { "PolicySummary": value } }),
            ] {
                planned(&inner, &options());
            }
        }
    }
}
