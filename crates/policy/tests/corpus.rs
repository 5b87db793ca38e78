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

use portcullis_policy::{Context, Decision, PolicyKind, Request, parse};
use serde::Deserialize;
use serde_json::{Value, json};
use support::case::{Case, File, Policies, Spelling, Terms, verdict_text};
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
            for spelling in [Spelling::AsWritten, Spelling::Printed] {
                let failed = failures_of(&cast, case, &terms, spelling);
                failures
                    .extend(failed.iter().map(|text| format!("{}: {}: {text}", path.display(), case.when)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 900, "only {count} cases were found");
}

/// What is not as the case says, on each engine.
fn failures_of(cast: &Cast, row: &Case, terms: &Terms, spelling: Spelling) -> Vec<String> {
    let policies = Policies::try_read(terms, spelling);
    if let Some(fragment) = row.expect.strip_prefix("Refused: ") {
        let told = policies.map_or_else(|refusal| refusal, |_| "it was accepted".to_owned());
        return if told.contains(fragment) { Vec::new() } else { vec![told] };
    }
    let policies = match policies {
        Ok(policies) => policies,
        Err(refusal) => return vec![refusal],
    };
    let mut failures = Vec::new();
    for (engine, decision) in decide(cast, terms, &policies) {
        let verdict = verdict_text(&decision.verdict);
        let sids: Vec<_> =
            decision.deciding.iter().filter_map(|deciding| deciding.statement.clone()).collect();
        let text = decision.reason(terms.action.as_deref().unwrap());
        let is_as_said = verdict == row.expect
            && row.decided_by.as_ref().is_none_or(|expected| *expected == sids)
            && row.text.as_ref().is_none_or(|expected| *expected == text);
        if !is_as_said {
            failures.push(format!("{engine} says {verdict} by {sids:?},{text}; expected {}", row.expect));
        }
    }
    failures
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
    file["cases"]
        .as_array()
        .unwrap()
        .iter()
        .for_each(|case| check(case, &["when", "expect", "decided_by", "text"]));
}

fn decide(cast: &Cast, terms: &Terms, policies: &Policies) -> Vec<(&'static str, Decision)> {
    let caller = cast.caller(terms.caller.as_deref().unwrap());
    let mut context = caller.context.clone();
    fill(&mut context, &terms.context);
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
        let engines = support::engines();
        engines.iter().map(|engine| (engine.name(), engine.decide(&request, layers))).collect()
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
    assert!(count > 700, "only {count} cases were found");
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
        let terms = Terms {
            policies: BTreeMap::from([("identity".to_owned(), json!([identity]))]),
            ..Terms::default()
        };
        let written = Policies::read(&terms);
        let printed = Policies::try_read(&terms, Spelling::Printed).unwrap();
        let request = Request {
            action: "s3:GetObject",
            resource: "arn:aws:s3:::data/report",
            resource_account: "111122223333".parse().unwrap(),
            principal: &cast.caller("alice").principal,
            context: &context,
        };
        [written, printed]
            .iter()
            .flat_map(|policies| {
                policies.layers(|layers| -> Vec<String> {
                    support::explained::consistent(&request, layers);
                    support::engines()
                        .iter()
                        .map(|engine| verdict_text(&engine.decide(&request, layers).verdict))
                        .collect()
                })
            })
            .collect::<Vec<String>>()
    };
    let expected =
        if holds { ("Allow", "ExplicitDeny Identity") } else { ("ImplicitDeny Identity", "Allow") };
    let (allowed, denied) = (verdicts(allow), verdicts(deny));
    let is_right = allowed.iter().all(|verdict| verdict == expected.0)
        && denied.iter().all(|verdict| verdict == expected.1);
    (!is_right).then(|| format!("under Allow {allowed:?}, under Deny {denied:?}, expected {expected:?}"))
}
