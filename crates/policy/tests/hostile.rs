//! Patterns made to be slow are not: a document of the largest size is decided in one pass over each value.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

use portcullis_policy::{Context, Layers, PolicyKind, PolicyRef, Principal, Request, Verdict, decide, parse};
use serde_json::json;

fn verdict(policy: &serde_json::Value, action: &str, resource: &str, context: &Context) -> Verdict {
    let document = parse(&policy.to_string(), PolicyKind::Identity).unwrap().document;
    let account = "111122223333".parse().unwrap();
    let principal = Principal::User {
        account,
        id: "AIDAALICEAAAAAAAAAAAA".parse().unwrap(),
        arn: "arn:aws:iam::111122223333:user/alice".to_owned(),
        session: None,
    };
    let request = Request { action, resource, resource_account: account, principal: &principal, context };
    let identity = [PolicyRef { name: "hostile", document: &document }];
    decide(&request, &Layers { identity: &identity, ..Layers::default() }).verdict
}

#[test]
fn many_statements_of_many_stars() {
    let long = "a".repeat(100_000);
    let resource = format!("arn:aws:s3:::{long}");
    let stars = format!("arn:aws:s3:::*{}b*", "a*".repeat(30));
    let statement = json!({"Effect": "Allow", "Action": "*:*", "Resource": stars});
    let policy = json!({"Statement": vec![statement; 1000]});
    let verdict = verdict(&policy, "s3:GetObject", &resource, &Context::new());
    assert_eq!(verdict, Verdict::ImplicitDeny(portcullis_policy::Layer::Identity));
}

#[test]
fn question_marks_between_stars() {
    let mut context = Context::new();
    context.set_one("aws:UserAgent", "a".repeat(100_000));
    let pattern = format!("*{}b*", "a?".repeat(2000));
    let policy = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringLike": {"aws:UserAgent": [pattern]}}}});
    let verdict = verdict(&policy, "s3:GetObject", "*", &context);
    assert_eq!(verdict, Verdict::ImplicitDeny(portcullis_policy::Layer::Identity));
}

#[test]
fn variables_filled_with_stars() {
    let mut context = Context::new();
    context.set_one("aws:PrincipalTag/team", "*".repeat(256));
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*",
        "Resource": format!("arn:aws:s3:::*{}", "${aws:PrincipalTag/team}*".repeat(50))}});
    let resource = format!("arn:aws:s3:::{}", "*".repeat(50_000));
    assert_eq!(verdict(&policy, "s3:GetObject", &resource, &context), Verdict::Allow);
    let resource = format!("arn:aws:s3:::{}", "a".repeat(50_000));
    assert_ne!(verdict(&policy, "s3:GetObject", &resource, &context), Verdict::Allow);
}
