//! Runs every case of `corpus/decide` and `corpus/condition` on every engine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use std::collections::BTreeMap;

use portcullis_policy::{Context, PolicyKind, Request, parse};
use serde::Deserialize;
use serde_json::{Value, json};
use support::case::{File, Policies, Terms, verdict_text};
use support::cast::{Cast, fill};

#[test]
fn every_decision_is_as_the_case_says() {
    let cast = Cast::read();
    let mut failures = Vec::new();
    let mut count = 0;
    for path in support::case_files("decide") {
        assert_fields_known(&support::read_json(&path));
        let file: File = serde_json::from_value(support::read_json(&path))
            .unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert!(!file.description.is_empty() && !file.cases.is_empty(), "{path:?} says nothing");
        for case in &file.cases {
            count += 1;
            let terms = case.own.over(&file.common);
            for (engine, verdict, decided_by) in decide(&cast, &terms) {
                let is_as_said = verdict == case.expect
                    && case.decided_by.as_ref().is_none_or(|expected| *expected == decided_by);
                if !is_as_said {
                    failures.push(format!(
                        "{}: {}: {engine} says {verdict} by {decided_by:?}, expected {}",
                        path.display(),
                        case.when,
                        case.expect
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 200, "only {count} cases were found");
}

/// A misspelt field would be a policy or a condition that is not there.
fn assert_fields_known(file: &Value) {
    let common = ["caller", "action", "resource", "owner", "context", "policies", "resolved", "findings"];
    let check = |object: &Value, own: &[&str]| {
        for field in object.as_object().unwrap().keys() {
            assert!(
                own.contains(&field.as_str()) || common.contains(&field.as_str()),
                "unknown field {field}: {object}"
            );
        }
    };
    check(file, &["description", "cases"]);
    file["cases"].as_array().unwrap().iter().for_each(|case| check(case, &["when", "expect", "decided_by"]));
}

fn decide(cast: &Cast, terms: &Terms) -> Vec<(&'static str, String, Vec<String>)> {
    let caller = cast.caller(terms.caller.as_deref().unwrap());
    let mut context = caller.context.clone();
    fill(&mut context, &terms.context);
    let policies = Policies::read(terms);
    if let Some(expected) = &terms.findings {
        assert_eq!(policies.findings, *expected, "findings");
    }
    let request = Request {
        action: terms.action.as_deref().unwrap(),
        resource: terms.resource.as_deref().unwrap(),
        resource_account: terms.owner.as_deref().unwrap().parse().unwrap(),
        principal: &caller.principal,
        context: &context,
    };
    policies.layers(|layers| {
        support::explained::consistent(&request, layers);
        let answer = |engine: &dyn support::Engine| {
            let decision = engine.decide(&request, layers);
            let sids = decision.deciding.iter().filter_map(|deciding| deciding.statement.clone()).collect();
            (engine.name(), verdict_text(&decision.verdict), sids)
        };
        support::engines().iter().map(|engine| answer(engine.as_ref())).collect()
    })
}

/// A file of `corpus/condition`: conditions, contexts and whether the one holds in the other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionFile {
    description: String,
    version: Option<String>,
    cases: Vec<ConditionCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionCase {
    condition: Value,
    #[serde(default)]
    context: BTreeMap<String, Value>,
    holds: Option<bool>,
    /// Instead of holding or not: such a policy cannot be saved, and this is part of the refusal.
    refused: Option<String>,
    #[serde(default)]
    why: String,
}

#[test]
fn every_condition_holds_or_not_as_the_case_says_under_allow_and_deny() {
    let cast = Cast::read();
    let mut failures = Vec::new();
    let mut count = 0;
    for path in support::case_files("condition") {
        let file: ConditionFile = serde_json::from_value(support::read_json(&path))
            .unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert!(!file.description.is_empty() && !file.cases.is_empty(), "{path:?} says nothing");
        for case in &file.cases {
            count += 1;
            if let Some(failure) = condition_failure(&cast, file.version.as_deref(), case) {
                failures.push(format!(
                    "{}: {} in {:?} ({}): {failure}",
                    path.display(),
                    case.condition,
                    case.context,
                    case.why
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 200, "only {count} cases were found");
}

fn condition_failure(cast: &Cast, version: Option<&str>, row: &ConditionCase) -> Option<String> {
    let statement =
        |effect| json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": row.condition});
    let policy =
        |statements: Value| json!({"Version": version.unwrap_or("2012-10-17"), "Statement": statements});
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let allow = policy(json!([statement("Allow")]));
    let deny = policy(json!([everything, statement("Deny")]));
    if let Some(fragment) = &row.refused {
        return match parse(&allow.to_string(), PolicyKind::Identity) {
            Ok(_) => Some("it was accepted".to_owned()),
            Err(error) => (!error.message.contains(fragment)).then_some(error.message),
        };
    }
    let holds = row.holds.expect("a case holds, does not, or is refused");
    let verdicts = |identity: Value| {
        let mut context = Context::new();
        fill(&mut context, &row.context);
        let policies = Policies::read(&Terms {
            policies: BTreeMap::from([("identity".to_owned(), json!([identity]))]),
            ..Terms::default()
        });
        let request = Request {
            action: "s3:GetObject",
            resource: "arn:aws:s3:::data/report",
            resource_account: "111122223333".parse().unwrap(),
            principal: &cast.caller("alice").principal,
            context: &context,
        };
        policies.layers(|layers| -> Vec<String> {
            support::explained::consistent(&request, layers);
            support::engines()
                .iter()
                .map(|engine| verdict_text(&engine.decide(&request, layers).verdict))
                .collect()
        })
    };
    let expected =
        if holds { ("Allow", "ExplicitDeny Identity") } else { ("ImplicitDeny Identity", "Allow") };
    let (allowed, denied) = (verdicts(allow), verdicts(deny));
    let is_right = allowed.iter().all(|verdict| verdict == expected.0)
        && denied.iter().all(|verdict| verdict == expected.1);
    (!is_right).then(|| format!("under Allow {allowed:?}, under Deny {denied:?}, expected {expected:?}"))
}
