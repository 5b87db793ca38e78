//! The serving engine, context building included, on the shapes that it must stay quick on: few and many statements,
//! short and long lists, one principal's varied requests, many principals' private policies, hostile wildcards; and
//! what a change of a policy costs.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench is no interface, and one that cannot start stops"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use portcullis_base::{AccountId, Tag, Timestamp};
use portcullis_policy::serving::{
    Compiled, Known, Layers, PolicySet, Request, Source, TagFamily, Value, View, decide,
};
use portcullis_policy::{Document, PolicyKind, Principal, parse};

/// As many statements go into one document.
const STATEMENTS_A_DOCUMENT: usize = 500;

fn document(statements: &[String]) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    parse(&text, PolicyKind::Identity).expect("a policy of the bench").document
}

/// Statements of one action on many resources and of many actions, and a Deny with a list of ids.
fn statements(count: usize, ids: usize) -> Vec<String> {
    let mut list = String::new();
    for id in 0..ids {
        let _ = write!(list, r#"{}"AROAREVOKED{id:06}:job""#, if id == 0 { "" } else { "," });
    }
    let mut all = vec![format!(
        r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"StringEquals":{{"aws:userid":[{list}]}}}}}}"#
    )];
    for number in 1..count {
        all.push(match number % 4 {
            0 => format!(r#"{{"Effect":"Allow","Action":["service{}:Get*","service{}:List*"],"Resource":"*"}}"#, number % 97, number % 89),
            1 => format!(r#"{{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::team-{number}/*"}}"#),
            2 => format!(
                r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::shared/{number}/*","Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"t{number}"}}}}}}"#
            ),
            _ => format!(r#"{{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::team-{number}/secret/*"}}"#),
        });
    }
    all
}

fn set(count: usize, ids: usize) -> PolicySet {
    let all = statements(count, ids);
    // A list of many ids fills documents of its own.
    let (lists, rest) = all.split_at(1);
    let documents =
        split_lists(&lists[0]).into_iter().chain(rest.chunks(STATEMENTS_A_DOCUMENT).map(document));
    PolicySet::new(
        documents.map(|document| (Arc::from("policy"), Arc::new(Compiled::new(&document)))).collect(),
    )
}

/// The Deny's list over as many documents as it takes.
fn split_lists(statement: &str) -> Vec<Document> {
    let (before, list) = statement.split_once(r#""aws:userid":["#).expect("a list");
    let (list, _) = list.split_once(']').expect("a list");
    let ids: Vec<&str> = list.split(',').collect();
    ids.chunks(2_500)
        .map(|chunk| document(&[format!(r#"{before}"aws:userid":[{}]}}}}}}"#, chunk.join(","))]))
        .collect()
}

struct Facts {
    principal: Principal,
    account: AccountId,
    tags: Vec<Tag>,
    issued: Timestamp,
    now: Timestamp,
}

impl Facts {
    fn new() -> Self {
        let account = "111122223333".parse().expect("an account");
        Self {
            principal: Principal::RoleSession {
                account,
                role_id: "AROADEPLOYAAAAAAAAAAA".parse().expect("a role id"),
                role_arn: "arn:aws:iam::111122223333:role/team/deploy".to_owned(),
                session_arn: "arn:aws:sts::111122223333:assumed-role/deploy/ci".to_owned(),
            },
            account,
            tags: vec![
                Tag { key: "team".to_owned(), value: "t2".to_owned() },
                Tag { key: "stage".to_owned(), value: "prod".to_owned() },
            ],
            issued: Timestamp::from_seconds(1_800_000_000),
            now: Timestamp::from_seconds(1_800_000_600),
        }
    }

    fn view(&self) -> View<'_> {
        let mut view = View::new();
        view.set(Known::PRINCIPAL_ARN, Value::Text("arn:aws:iam::111122223333:role/team/deploy"));
        view.set(Known::USER_ID, Value::Text("AROADEPLOYAAAAAAAAAAA:ci"));
        view.set(Known::PRINCIPAL_TYPE, Value::Text("AssumedRole"));
        view.set(Known::PRINCIPAL_ACCOUNT, Value::Text("111122223333"));
        view.set(Known::PRINCIPAL_IS_AWS_SERVICE, Value::Flag(false));
        view.set(Known::TOKEN_ISSUE_TIME, Value::Moment(self.issued));
        view.set(Known::MULTI_FACTOR_AUTH_PRESENT, Value::Flag(false));
        view.set(Known::SOURCE_IDENTITY, Value::Text("mary@example.com"));
        view.set(Known::SOURCE_IP, Value::Address(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))));
        view.set(Known::SECURE_TRANSPORT, Value::Flag(true));
        view.set(Known::REQUESTED_REGION, Value::Text("us-east-1"));
        view.set(Known::USER_AGENT, Value::Text("aws-cli/2.31.0 md/awscrt#0.28.1"));
        view.set(Known::CURRENT_TIME, Value::Moment(self.now));
        view.set(Known::EPOCH_TIME, Value::Epoch(self.now));
        view.set(Known::VIA_AWS_SERVICE, Value::Flag(false));
        view.set(Known::RESOURCE_ACCOUNT, Value::Text("111122223333"));
        view.set(Known::S3_AUTH_TYPE, Value::Text("REST-HEADER"));
        view.set_tags(TagFamily::Principal, &self.tags, &[]);
        view
    }

    fn ask(&self, set: &PolicySet, action: &str, resource: &str) -> bool {
        let view = self.view();
        let request = Request {
            action,
            resource,
            resource_account: self.account,
            principal: &self.principal,
            view: &view,
        };
        let identity = [Source::Set(set)];
        decide(&request, &Layers { identity: &identity, ..Layers::default() }).is_allowed()
    }
}

fn hot_and_flat(criterion: &mut Criterion) {
    let facts = Facts::new();
    for (count, ids) in [(10, 1), (100, 1), (1_000, 1_000), (10_000, 10_000)] {
        let set = set(count, ids);
        let resource = "arn:aws:s3:::team-5/reports/2026/q3.csv";
        assert!(facts.ask(&set, "s3:GetObject", resource));
        criterion.bench_function(&format!("S={count} N={ids}"), |bench| {
            bench.iter(|| facts.ask(black_box(&set), black_box("s3:GetObject"), black_box(resource)));
        });
    }
    criterion.bench_function("the context alone", |bench| bench.iter(|| black_box(&facts).view()));
}

fn varied(criterion: &mut Criterion) {
    let facts = Facts::new();
    let set = set(1_000, 1);
    let actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "service4:GetThing", "sqs:SendMessage"];
    let asks: Vec<(&str, String)> = (0..1_024)
        .map(|number: usize| {
            (actions[number % actions.len()], format!("arn:aws:s3:::team-{}/a/{number}", number * 7 % 1_000))
        })
        .collect();
    let mut next = 0;
    criterion.bench_function("varied requests, S=1000", |bench| {
        bench.iter(|| {
            next = (next + 1) % asks.len();
            let (action, resource) = &asks[next];
            facts.ask(black_box(&set), action, resource)
        });
    });
}

fn cold(criterion: &mut Criterion) {
    let facts = Facts::new();
    let sets: Vec<PolicySet> = (0..10_000)
        .map(|number| {
            let mut all = statements(15, 1);
            all.push(format!(
                r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::private-{number}/*"}}"#
            ));
            PolicySet::new(vec![(Arc::from("own"), Arc::new(Compiled::new(&document(&all))))])
        })
        .collect();
    let resources: Vec<String> =
        (0..10_000).map(|number| format!("arn:aws:s3:::private-{number}/key")).collect();
    let mut place = 0;
    criterion.bench_function("10,000 principals in random order", |bench| {
        bench.iter(|| {
            place = (place * 7_477 + 3_571) % sets.len();
            facts.ask(&sets[place], "s3:GetObject", &resources[place])
        });
    });
}

fn hostile(criterion: &mut Criterion) {
    let facts = Facts::new();
    let all: Vec<String> = (0..1_000)
        .map(|number| {
            format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*needle-{number:04}*"}}"#)
        })
        .collect();
    let documents = all.chunks(STATEMENTS_A_DOCUMENT).map(document);
    let set = PolicySet::new(
        documents.map(|document| (Arc::from("policy"), Arc::new(Compiled::new(&document)))).collect(),
    );
    let resource = "arn:aws:s3:::some-bucket/with/a/needle-0777/in/the/middle";
    assert!(facts.ask(&set, "s3:GetObject", resource));
    criterion.bench_function("1,000 hostile wildcards", |bench| {
        bench.iter(|| facts.ask(black_box(&set), "s3:GetObject", resource));
    });
}

fn change(criterion: &mut Criterion) {
    let mut all = Vec::new();
    let mut length = 0;
    for statement in statements(1_000, 1) {
        length += statement.len() + 1;
        if length > 10_000 {
            break;
        }
        all.push(statement);
    }
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","));
    let parsed = parse(&text, PolicyKind::Identity).expect("a policy of the bench").document;
    criterion.bench_function(&format!("compile {} statements, {} bytes", all.len(), text.len()), |bench| {
        bench.iter_batched(|| (), |()| Compiled::new(black_box(&parsed)), BatchSize::SmallInput);
    });
    criterion.bench_function("parse and compile the same", |bench| {
        bench.iter(|| {
            parse(black_box(&text), PolicyKind::Identity).map(|parsed| Compiled::new(&parsed.document))
        });
    });
}

criterion_group!(benches, hot_and_flat, varied, cold, hostile, change);
criterion_main!(benches);
