//! The engines against each other on generated cases: the same verdict, and statements that did decide.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Principal, Request, Verdict, parse,
};
use portcullis_sim::{Case, Text};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// As many cases in a run of the tests.
const CASES: u64 = 20_000;

fn compare(seeds: std::ops::Range<u64>) {
    let engines = support::engines();
    for seed in seeds {
        let case = Case::generate(seed);
        let parsed = case.parse().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        parsed.layers(|layers| {
            let verdicts: Vec<_> =
                engines.iter().map(|engine| engine.decide(&case.request(), layers).verdict).collect();
            assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}: {verdicts:?}\n{case}");
        });
    }
}

#[test]
fn generated_cases_get_one_answer_from_all_engines() {
    compare(0..CASES);
}

#[test]
#[ignore = "takes minutes; run it with --release and --ignored"]
fn millions_of_cases_get_one_answer_from_all_engines() {
    compare(CASES..2_000_000);
}

/// As many cases give their statements to one document.
const CROWD: u64 = 60;

/// The statements of one effect of all cases that are written in this version, in one document.
fn crowd(cases: &[Case], effect: &str, version: &str) -> Option<Document> {
    let written = |text: &Text| match text {
        Text::Written(text) => serde_json::from_str::<Value>(text).ok(),
        Text::FullAccess | Text::Unreadable => None,
    };
    let documents = cases.iter().flat_map(|case| &case.texts.identity).filter_map(written);
    let statements: Vec<Value> = documents
        .filter(|document| document.get("Version").and_then(Value::as_str).unwrap_or("2008-10-17") == version)
        .flat_map(|document| match &document["Statement"] {
            Value::Array(statements) => statements.clone(),
            statement => vec![statement.clone()],
        })
        .filter(|statement| statement["Effect"] == effect)
        .map(|mut statement| {
            statement.as_object_mut().unwrap().remove("Sid");
            statement
        })
        .collect();
    let text = json!({"Version": version, "Statement": statements}).to_string();
    (!statements.is_empty()).then(|| parse(&text, PolicyKind::Identity).unwrap().document)
}

/// What files long lists away must find in them what walking through them finds.
#[test]
fn crowds_of_statements_get_one_answer_from_all_engines() {
    let engines = support::engines();
    let mut allowed = [0, 0];
    let mut count = 0;
    for block in 0..40 {
        let seeds = 1_000_000 + block * CROWD..1_000_000 + (block + 1) * CROWD;
        let cases: Vec<Case> = seeds.map(Case::generate).collect();
        for (effect, allowed) in ["Allow", "Deny"].into_iter().zip(&mut allowed) {
            let mut documents: Vec<Document> = ["2008-10-17", "2012-10-17"]
                .iter()
                .filter_map(|version| crowd(&cases, effect, version))
                .collect();
            if effect == "Deny" {
                documents.push(Document::full_access());
            }
            let identity: Vec<_> =
                documents.iter().map(|document| PolicyRef { name: "crowd", document }).collect();
            let layers = Layers { identity: &identity, ..Layers::default() };
            for case in &cases {
                let verdicts: Vec<_> =
                    engines.iter().map(|engine| engine.decide(&case.request(), &layers).verdict).collect();
                assert!(
                    verdicts.windows(2).all(|pair| pair[0] == pair[1]),
                    "block {block}, {effect}: {verdicts:?}\n{case}"
                );
                count += 1;
                *allowed += usize::from(verdicts[0] == Verdict::Allow);
            }
        }
    }
    assert!(
        allowed.iter().all(|allowed| (count / 20..count / 2).contains(allowed)),
        "{allowed:?} of {count}"
    );
}

const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringEqualsIfExists",
    "StringNotEquals",
    "StringLike",
    "StringLikeIfExists",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "ArnLike",
    "ArnNotLikeIfExists",
    "ForAnyValue:StringLike",
    "ForAllValues:StringEquals",
    "ForAllValues:StringNotLike",
];
const KEYS: &[&str] = &["aws:userid", "aws:PrincipalTag/team", "aws:TagKeys"];
const VALUES: &[&str] = &["a", "ab", "a*", "*b", "*", "a?", "${aws:username}", "arn:aws:s3:::a*", "c"];
const TEXTS: &[&str] = &["a", "ab", "b", "arn:aws:s3:::ab", "c", ""];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::*b*",
    "arn:aws:s3:::*b*c",
    "arn:aws:s3:::?b",
    "arn:aws:s3:::${aws:username}/*",
    "arn:*:s3:::a/b",
];

/// More forms of actions of one service than are tried one after the other.
const ACTIONS: &[&str] = &[
    "s3:*",
    "s3:Get*",
    "s3:GetO*",
    "s3:GetB*",
    "s3:G?tObject",
    "s3:*Object",
    "s3:*Obj*",
    "s3:*t",
    "s3:*Acl",
    "s3:Put*",
    "s3:PutO*",
    "s3:P?tObject",
    "s3:GetObject",
    "s3:L*",
    "sqs:*",
    "*",
];

/// A statement that differs from its neighbours in what lists are filed by.
fn filed() -> impl Strategy<Value = Value> {
    let actions =
        prop_oneof![Just(vec!["s3:GetObject", "s3:Get*"]), prop::collection::vec(select(ACTIONS), 1..3),];
    let condition = (select(OPERATORS), select(KEYS), prop::collection::vec(select(VALUES), 1..12));
    let resources = prop::collection::vec(select(RESOURCES), 1..3);
    let element = select(&["Resource", "NotResource"][..]);
    (prop::option::weighted(0.8, condition), actions, resources, element).prop_map(
        |(condition, actions, resources, element)| {
            let mut statement = json!({"Action": actions, element: resources});
            if let Some((operator, key, values)) = condition {
                statement["Condition"] = json!({operator: {key: values}});
            }
            statement
        },
    )
}

fn context() -> impl Strategy<Value = Context> {
    let one = select(TEXTS).prop_map(|text| vec![text.to_owned()]);
    let value = prop_oneof![one, prop::collection::vec(select(TEXTS).prop_map(str::to_owned), 0..3)];
    let values = prop::collection::vec(prop::option::of((value, any::<bool>())), KEYS.len());
    values.prop_map(|values| {
        let mut context = Context::new();
        context.set_one("aws:username", "a");
        for (key, value) in KEYS.iter().zip(values) {
            match value {
                Some((values, true)) if !values.is_empty() => context.set_one(key, values[0].clone()),
                Some((values, _)) => context.set_many(key, values),
                None => {}
            }
        }
        context
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    /// Lists are filed by resource or by a value that is needed: nothing that applies may be filed where it is not
    /// looked for.
    #[test]
    fn filed_statements_are_found(
        statements in prop::collection::vec(filed(), 1..40),
        contexts in prop::collection::vec(context(), 4),
        resource in select(&["arn:aws:s3:::a", "arn:aws:s3:::a/b", "arn:aws:s3:::bb", "arn:aws:s3:::xbc"][..]),
        effect in select(&["Allow", "Deny"][..]),
        action in select(&["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"][..]),
    ) {
        let with_effect = |mut statement: Value| {
            statement["Effect"] = json!(effect);
            statement
        };
        let statements: Vec<Value> = statements.into_iter().map(with_effect).collect();
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let document = parse(&text, PolicyKind::Identity).unwrap().document;
        let full = Document::full_access();
        let mut identity = vec![PolicyRef { name: "filed", document: &document }];
        if effect == "Deny" {
            identity.push(PolicyRef { name: "full", document: &full });
        }
        let account = "111122223333".parse().unwrap();
        let principal = Principal::User {
            account,
            id: "AIDAALICEAAAAAAAAAAAA".parse().unwrap(),
            arn: "arn:aws:iam::111122223333:user/a".to_owned(),
            session: None,
        };
        for context in &contexts {
            let request = Request {
                action, resource, resource_account: account, principal: &principal, context,
            };
            let layers = Layers { identity: &identity, ..Layers::default() };
            let verdicts: Vec<_> =
                support::engines().iter().map(|engine| engine.decide(&request, &layers).verdict).collect();
            prop_assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "{verdicts:?} {action} {context:?} {text}");
        }
    }
}
