//! How long a save waits for lint: an ordinary policy of ten kilobytes, and one of typos.

#![allow(missing_docs, reason = "criterion's macros make the public items")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use portcullis_policy::{PolicyKind, lint, lint_accepted};

const SIZE: usize = 10_000;

/// Statements on several services until the document has its size.
fn policy(actions: [&str; 4]) -> String {
    let mut statements = String::new();
    let mut number = 0;
    while statements.len() < SIZE {
        let action = actions.get(number % actions.len()).copied().unwrap_or_default();
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(
            statements,
            r#"{comma}{{"Sid":"S{number}","Effect":"Allow","Action":[{action}],"Resource":["arn:aws:s3:::data{number}/*","arn:aws:s3:::data{number}","arn:aws:ec2:eu-central-1:111122223333:instance/i-{number:017}"],"Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"t{number}"}},"IpAddress":{{"aws:SourceIp":["192.0.2.0/24","198.51.100.0/24"]}}}}}}"#
        );
        number += 1;
    }
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn lint_ten_kilobytes(bench: &mut Criterion) {
    let sound = policy([
        r#""s3:Get*","s3:ListBucket""#,
        r#""s3:PutObject","s3:DeleteObject""#,
        r#""ec2:*Instances""#,
        r#""s3:*""#,
    ]);
    let typos = policy([
        r#""s3:GetObjct","s3:LstBucket""#,
        r#""ec2:DescribInstances""#,
        r#""dynamdb:GetItem""#,
        r#""ec2:StrtInstances""#,
    ]);
    for (name, text) in [("ten kilobytes", sound), ("ten kilobytes of typos", typos)] {
        bench.bench_function(&format!("on save, {name}"), |bench| {
            bench.iter(|| lint_accepted(black_box(&text), PolicyKind::Identity));
        });
        bench.bench_function(&format!("on its own, {name}"), |bench| {
            bench.iter(|| lint(black_box(&text), PolicyKind::Identity));
        });
    }
}

criterion_group!(benches, lint_ten_kilobytes);
criterion_main!(benches);
