//! Requests that botocore's clients made decode to what they were given; answers that botocore's parsers have read
//! are encoded to the same bytes again. `golden/README.md` says how the cases are made.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what these functions refuse is what the test refuses"
)]

use std::path::Path;

use portcullis_base::Value;
use portcullis_base::shape::{Model, Operation, Place, validate};
use portcullis_wire::frame::{Head, Headers};
use portcullis_wire::protocol::{decode, encode, has_streaming_input, model};
use portcullis_wire::route::{RouteConfig, Routed, is_s3, route};

#[path = "golden/typed_json.rs"]
mod typed_json;

const SERVICES: [&str; 4] = ["sts", "iam", "s3", "cloudtrail"];

fn cases(name: &str) -> Vec<serde_json::Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/action").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(case: &'a serde_json::Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn head(case: &serde_json::Value) -> Head {
    let mut headers = Headers::new([("host", "localhost:7070")]).unwrap();
    for (name, value) in case["headers"].as_object().unwrap() {
        headers.push(name, value.as_str().unwrap()).unwrap();
    }
    let query = Some(text(case, "query")).filter(|query| !query.is_empty());
    Head::new(text(case, "method"), text(case, "path"), query, headers).unwrap()
}

/// Equal whatever the order of members; `read` may have more of those that clients add as headers of their own.
fn agrees(model: &Model, operation: &Operation, expected: &Value, read: &Value) -> bool {
    let input = model.structure(operation.input);
    let added = read.members().iter().filter(|(name, _)| expected.member(name).is_none());
    let mut of_headers = added.map(|(name, held)| match input.member(name).map(|member| member.place) {
        Some(Place::HeaderPrefix) => held.is_empty(),
        Some(Place::Header) => true,
        _ => false,
    });
    of_headers.all(|it| it)
        && expected
            .members()
            .iter()
            .all(|(name, held)| read.member(name).is_some_and(|other| same(held, other)))
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(members), Value::Map(others)) => {
            members.len() == others.len()
                && members.iter().all(|(name, held)| other.member(name).is_some_and(|it| same(held, it)))
        }
        (Value::List(items), Value::List(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(one, other)| same(one, other))
        }
        _ => one == other,
    }
}

#[test]
fn requests_of_botocore_decode_to_what_it_was_given() {
    let config = RouteConfig::default();
    for service in SERVICES {
        let model = model(service).unwrap();
        let mut seen = Vec::new();
        for case in cases(&format!("{service}.jsonl")) {
            let (head, body) = (head(&case), text(&case, "body").as_bytes());
            let name = text(&case, "operation");
            assert_eq!(is_s3(&head, Some(service), &config), service == "s3");
            let routed = route(&head, Some(service), if service == "s3" { b"" } else { body }, &config)
                .unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert_eq!(routed.operation.name, name, "{} {:?}", head.path, head.query);
            let body = if has_streaming_input(model, routed.operation) { b"" } else { body };
            let decoded = decode(&routed, &head, body).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            let expected = typed_json::read(&case["input"]);
            assert!(
                agrees(model, routed.operation, &expected, &decoded.value),
                "{name}:\n{expected:?}\n{:?}",
                decoded.value
            );
            assert_eq!(decoded.unknown, Vec::<String>::new(), "{name}");
            if let Some(input) = routed.operation.input {
                let absent = validate(model, input, &decoded.value).into_iter().filter(|it| it.is_absent);
                assert_eq!(absent.collect::<Vec<_>>(), [], "{name}");
            }
            seen.push(name.to_owned());
        }
        for operation in model.operations() {
            assert!(seen.contains(&operation.name), "no request for {}", operation.name);
        }
    }
}

#[test]
fn answers_that_botocore_reads_are_encoded_to_the_same_bytes() {
    for service in SERVICES {
        let model = model(service).unwrap();
        let mut seen = Vec::new();
        for case in cases(&format!("{service}.answers.jsonl")) {
            let name = text(&case, "operation");
            let operation = model.operation(name).unwrap();
            let routed = Routed { model, operation, labels: Vec::new(), parameters: Vec::new() };
            let response = encode(&routed, &typed_json::read(&case["value"]), "4442587FB7D0A2F9");
            assert_eq!(i64::from(response.status), case["status"].as_i64().unwrap(), "{name}");
            assert_eq!(serde_json::to_value(&response.headers).unwrap(), case["headers"], "{name}");
            assert_eq!(String::from_utf8(response.body).unwrap(), text(&case, "body"), "{name}");
            seen.push(name.to_owned());
        }
        for operation in model.operations() {
            assert!(seen.contains(&operation.name), "no answer of {}", operation.name);
        }
    }
}
