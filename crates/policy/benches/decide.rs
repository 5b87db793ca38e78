//! One decision, as a request meets it: a role session with a handful of policies reads an object.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench is no interface, and one that cannot start stops"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Principal, Request, ResourceLayer, decide, parse,
};
use std::hint::black_box;

const FILES: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::*"},
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/home/${aws:PrincipalTag/team}/*"},
    {"Sid": "Queues", "Effect": "Allow", "Action": "sqs:*", "Resource": "*",
     "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/24"]}}}]}"#;
const REVOKED: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
    "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2024-05-07T23:47:00Z"}}}}"#;
const BOUNDARY: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}"#;
const BUCKET: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
    "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"], "Condition": {"StringLike": {"aws:userid": "AROAOTHER:*"}}}}"#;

fn document(text: &str, kind: PolicyKind) -> Document {
    parse(text, kind).expect("a policy of the bench").document
}

fn one_decision(criterion: &mut Criterion) {
    let identity = [document(FILES, PolicyKind::Identity), document(REVOKED, PolicyKind::Identity)];
    let boundary = document(BOUNDARY, PolicyKind::Identity);
    let bucket = document(BUCKET, PolicyKind::Resource);
    let account = "111122223333".parse().expect("an account");
    let principal = Principal::RoleSession {
        account,
        role_id: "AROADEPLOYAAAAAAAAAAA".parse().expect("a role id"),
        role_arn: "arn:aws:iam::111122223333:role/team/deploy".to_owned(),
        session_arn: "arn:aws:sts::111122223333:assumed-role/deploy/ci".to_owned(),
    };
    let mut context = Context::new();
    for (key, value) in [
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/team/deploy"),
        ("aws:userid", "AROADEPLOYAAAAAAAAAAA:ci"),
        ("aws:PrincipalTag/team", "red"),
        ("aws:TokenIssueTime", "2024-05-08T09:00:00.000Z"),
        ("aws:SourceIp", "203.0.113.9"),
    ] {
        context.set_one(key, value);
    }
    let request = Request {
        action: "s3:GetObject",
        resource: "arn:aws:s3:::data/home/red/report.csv",
        resource_account: account,
        principal: &principal,
        context: &context,
    };
    let named = |document| PolicyRef { name: "policy", document };
    let identity: Vec<_> = identity.iter().map(named).collect();
    let layers = Layers {
        identity: &identity,
        boundary: Some(named(&boundary)),
        resource: ResourceLayer::Policy(named(&bucket)),
        ..Layers::default()
    };
    assert!(decide(&request, &layers).is_allowed());
    criterion.bench_function("one decision", |bench| {
        bench.iter(|| decide(black_box(&request), black_box(&layers)));
    });
}

criterion_group!(benches, one_decision);
criterion_main!(benches);
