//! Policies made to be slow, one decision each: one policy of the largest size, and as many as can be attached.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench is no interface, and one that cannot start stops"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Principal, Request, Verdict, decide, parse,
};
use std::hint::black_box;

/// AWS's quota of a managed policy, in characters without white space.
const POLICY_MAX_CHARS: usize = 6_144;
/// One policy of the largest size, and as many as may be attached.
const POLICIES: [usize; 2] = [1, 10];

/// Policies with as many statements like this one as fit into each.
fn documents(statement: &str, policies: usize) -> Vec<Document> {
    let frame = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let count = (POLICY_MAX_CHARS - frame.len()) / (statement.len() + 1);
    let text = frame.replace("[]", &format!("[{}]", vec![statement; count.max(1)].join(",")));
    (0..policies)
        .map(|_| parse(&text, PolicyKind::Identity).expect("a policy of the bench").document)
        .collect()
}

fn hostile(criterion: &mut Criterion) {
    let star = "a*".repeat(64);
    let resource = format!("arn:aws:s3:::bucket/{}", "a".repeat(1_000));
    let stars =
        format!(r#"{{"Effect":"Allow","Action":"s3:*Get*Obj*t*","Resource":"arn:aws:s3:::{star}b"}}"#);
    let marks =
        format!(r#"{{"Effect":"Allow","Action":"*:*","Resource":"arn:aws:s3:::*{}b*"}}"#, "a?".repeat(64));
    let condition = format!(
        r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringLike":{{"aws:UserAgent":"*{star}b*"}}}}}}"#
    );
    let variables = r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*${aws:PrincipalTag/team}*${aws:PrincipalTag/team}*b"}"#;
    let account = "111122223333".parse().expect("an account");
    let principal = Principal::User {
        account,
        id: "AIDAALICEAAAAAAAAAAAA".parse().expect("an id"),
        arn: "arn:aws:iam::111122223333:user/alice".to_owned(),
        session: None,
    };
    let mut context = Context::new();
    context.set_one("aws:UserAgent", "a".repeat(8_000));
    context.set_one("aws:PrincipalTag/team", "a".repeat(256));
    for (name, statement) in [
        ("64 stars against a key of 1,000", stars.as_str()),
        ("question marks between stars", marks.as_str()),
        ("stars against a header of 8,000", condition.as_str()),
        ("variables between stars", variables),
    ] {
        for policies in POLICIES {
            let documents = documents(statement, policies);
            let identity: Vec<_> =
                documents.iter().map(|document| PolicyRef { name: "policy", document }).collect();
            let request = Request {
                action: "s3:GetObject",
                resource: &resource,
                resource_account: account,
                principal: &principal,
                context: &context,
            };
            let layers = Layers { identity: &identity, ..Layers::default() };
            assert!(matches!(decide(&request, &layers).verdict, Verdict::ImplicitDeny(_)), "{name}");
            criterion.bench_function(&format!("{name}, {policies} of them"), |bench| {
                bench.iter(|| decide(black_box(&request), black_box(&layers)));
            });
        }
    }
}

criterion_group!(benches, hostile);
criterion_main!(benches);
