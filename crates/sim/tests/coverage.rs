//! The first twenty thousand cases hold everything there is: what is missing is named.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::collections::BTreeMap;

use portcullis_policy::{ContextValue, FederatedParent, Principal, Verdict, decide};
use portcullis_sim::{Case, Owner, Profile, Text};
use serde_json::Value;

const CASES: u64 = 20_000;
/// Fewer, where each case is also parsed and decided.
const DECIDED: u64 = 6_000;

const OPERATORS: [&str; 26] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
];

/// What was seen, and how often.
#[derive(Default)]
struct Seen(BTreeMap<String, u64>);

impl Seen {
    fn add(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    fn add_if(&mut self, holds: bool, what: &str) {
        if holds {
            self.add(what);
        }
    }
}

fn kind(principal: &Principal) -> String {
    match principal {
        Principal::Anonymous => "anonymous".to_owned(),
        Principal::Root { session, .. } => format!("root {session:?}"),
        Principal::User { session, .. } => format!("user {session:?}"),
        Principal::Federated { parent: FederatedParent::Root, .. } => "federated by root".to_owned(),
        Principal::Federated { parent: FederatedParent::User { .. }, .. } => "federated by user".to_owned(),
        Principal::RoleSession { .. } => "role session".to_owned(),
        Principal::Service { .. } => "service".to_owned(),
        Principal::ExternalIdentity { .. } => "external identity".to_owned(),
    }
}

fn look_at_request(seen: &mut Seen, case: &Case) {
    seen.add(format!("principal: {}", kind(&case.principal)));
    let account = case.principal.account();
    seen.add_if(account == Some(case.resource_account), "same account");
    seen.add_if(account.is_some_and(|account| account != case.resource_account), "cross account");
    for (_, value) in case.context.iter() {
        match value {
            ContextValue::One(text) if text.is_empty() => seen.add("context: empty text"),
            ContextValue::One(_) => seen.add("context: one value"),
            ContextValue::Many(texts) => seen.add(format!("context: {} values", texts.len().min(2))),
        }
    }
}

fn look_at_layers(seen: &mut Seen, case: &Case) {
    let texts = &case.texts;
    let document = |seen: &mut Seen, layer: &str, text: &Text| match text {
        Text::FullAccess => seen.add(format!("{layer}: full access")),
        Text::Unreadable => seen.add("unreadable"),
        Text::Written(text) => {
            seen.add(layer);
            look_at_document(seen, &serde_json::from_str(text).unwrap());
        }
    };
    texts.revocations.iter().for_each(|text| document(seen, "layer: revocation", text));
    texts.identity.iter().for_each(|text| document(seen, "layer: identity", text));
    texts.boundary.iter().for_each(|text| document(seen, "layer: boundary", text));
    texts.session.iter().flatten().for_each(|text| document(seen, "layer: session", text));
    texts.scps.iter().flatten().flatten().for_each(|text| document(seen, "layer: scp", text));
    texts.rcps.iter().flatten().flatten().for_each(|text| document(seen, "layer: rcp", text));
    match &texts.resource {
        Owner::Policy(text) => document(seen, "layer: resource", text),
        Owner::Trust(text) => document(seen, "layer: trust", text),
        Owner::TrustMissing => seen.add("layer: trust missing"),
        Owner::None => seen.add("layer: no resource policy"),
    }
    for (name, levels) in [("scp", &texts.scps), ("rcp", &texts.rcps)] {
        let Some(levels) = levels else { continue };
        seen.add(format!("{name}: {} levels", levels.len()));
        seen.add_if(levels.iter().any(Vec::is_empty), &format!("{name}: a level without policies"));
    }
    seen.add_if(!texts.resolved.is_empty(), "resolved names");
}

fn look_at_document(seen: &mut Seen, document: &Value) {
    seen.add(format!("version: {}", document["Version"].as_str().unwrap_or("none")));
    let statements = match &document["Statement"] {
        Value::Array(list) => list.clone(),
        only => {
            seen.add("a single statement");
            vec![only.clone()]
        }
    };
    for statement in &statements {
        for (name, value) in statement.as_object().unwrap() {
            seen.add(format!("element: {name}"));
            match (name.as_str(), value) {
                ("Condition", Value::Object(operators)) => {
                    operators.iter().for_each(|(operator, keys)| look_at_condition(seen, operator, keys));
                }
                ("Principal" | "NotPrincipal", Value::Object(kinds)) => {
                    kinds.keys().for_each(|kind| seen.add(format!("{name}: {kind}")));
                }
                ("Principal", Value::Array(_)) => seen.add("Principal: bare array"),
                ("Action" | "Resource", _) => texts(value).iter().for_each(|text| shapes(seen, name, text)),
                _ => {}
            }
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn shapes(seen: &mut Seen, name: &str, text: &str) {
    let inner = text.rsplit(':').next().unwrap_or_default();
    let stars = inner.matches('*').count();
    let shape = match stars {
        _ if text.contains("${") => return variables(seen, name, text),
        0 if inner.contains('?') => "one character",
        0 => "exact",
        _ if text == "*" => "everything",
        1 if inner.starts_with('*') => "suffix",
        1 if inner.ends_with('*') => "prefix",
        1 => "middle",
        _ => "several stars",
    };
    seen.add(format!("{name}: {shape}"));
}

fn variables(seen: &mut Seen, name: &str, text: &str) {
    let is_fixed = ["${*}", "${?}", "${$}"].iter().any(|fixed| text.contains(fixed));
    seen.add_if(is_fixed, &format!("{name}: fixed variable"));
    seen.add_if(text.contains(", '"), &format!("{name}: variable with default"));
    seen.add_if(!is_fixed && !text.contains(", '"), &format!("{name}: variable"));
}

fn look_at_condition(seen: &mut Seen, operator: &str, keys: &Value) {
    seen.add(format!("operator: {}", operator.to_lowercase()));
    for (key, values) in keys.as_object().unwrap() {
        seen.add_if(
            key.chars().any(char::is_uppercase) && key.to_lowercase().contains("userid"),
            "recased key",
        );
        let all = texts(values);
        seen.add_if(all.len() > 20, "a long list of values");
        seen.add_if(values.is_number() || values.is_boolean(), "a scalar value");
        for text in all.iter().filter(|text| text.contains("${")) {
            variables(seen, "value", text);
        }
    }
}

#[rustfmt::skip]
const REST: [&str; 36] = [
    "principal: anonymous", "principal: federated by root", "principal: federated by user",
    "principal: role session", "principal: service", "principal: external identity", "same account",
    "cross account", "context: empty text", "context: one value", "context: 0 values", "context: 1 values",
    "context: 2 values", "layer: scp: full access", "layer: rcp: full access", "unreadable",
    "scp: 0 levels", "scp: 1 levels", "scp: 2 levels", "scp: 3 levels", "scp: a level without policies",
    "rcp: a level without policies", "resolved names", "version: none", "version: 2008-10-17",
    "version: 2012-10-17", "a single statement", "Principal: AWS", "Principal: Service",
    "Principal: Federated", "NotPrincipal: AWS", "NotPrincipal: Service", "Principal: bare array",
    "recased key", "a long list of values", "a scalar value",
];

fn expected() -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    let prefixes = ["", "forallvalues:", "foranyvalue:"];
    for operator in OPERATORS.map(str::to_lowercase) {
        for prefix in prefixes {
            wanted.extend(["", "ifexists"].map(|suffix| format!("operator: {prefix}{operator}{suffix}")));
        }
    }
    wanted.push("operator: null".to_owned());
    for session in ["None", "Some(SessionFacts { mfa: true })", "Some(SessionFacts { mfa: false })"] {
        wanted.extend(["user", "root"].map(|kind| format!("principal: {kind} {session}")));
    }
    for name in ["Action", "Resource"] {
        let shapes = ["exact", "everything", "prefix", "suffix", "middle", "one character", "several stars"];
        wanted.extend(shapes.map(|shape| format!("{name}: {shape}")));
    }
    for name in ["Resource", "value"] {
        wanted.extend(
            ["variable", "variable with default", "fixed variable"].map(|kind| format!("{name}: {kind}")),
        );
    }
    for element in [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ] {
        wanted.push(format!("element: {element}"));
    }
    for layer in [
        "revocation",
        "identity",
        "boundary",
        "session",
        "scp",
        "rcp",
        "resource",
        "trust",
        "trust missing",
        "no resource policy",
    ] {
        wanted.push(format!("layer: {layer}"));
    }
    wanted.extend(REST.map(str::to_owned));
    wanted
}

fn missing(profile: Profile, expected: Vec<String>) -> Vec<String> {
    let mut seen = Seen::default();
    for seed in 0..CASES {
        let case = Case::of(profile, seed);
        look_at_request(&mut seen, &case);
        look_at_layers(&mut seen, &case);
    }
    expected.into_iter().filter(|wanted| !seen.0.contains_key(wanted)).collect()
}

#[test]
fn every_element_comes_up() {
    let missing = missing(Profile::Everything, expected());
    assert!(missing.is_empty(), "never generated: {missing:#?}");
}

#[test]
fn comparable_cases_lack_what_others_do_not_know_and_nothing_else() {
    let missing = missing(Profile::Comparable, expected());
    assert_eq!(missing, NOT_COMPARABLE, "what is never generated where others are compared with");
}

/// In the order of what is expected.
#[rustfmt::skip]
const NOT_COMPARABLE: &[&str] = &[
    "principal: user Some(SessionFacts { mfa: true })", "principal: root Some(SessionFacts { mfa: true })",
    "principal: user Some(SessionFacts { mfa: false })", "principal: root Some(SessionFacts { mfa: false })",
    "layer: revocation", "principal: federated by root", "principal: external identity", "context: 0 values",
    "unreadable", "scp: 0 levels", "rcp: a level without policies", "resolved names", "Principal: bare array",
];

#[test]
fn every_verdict_comes_up_and_allows_are_frequent() {
    let mut seen = Seen::default();
    let mut allowed = 0;
    for seed in 0..DECIDED {
        let case = Case::generate(seed);
        let parsed = case.parse().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let verdict = parsed.layers(|layers| decide(&case.request(), layers).verdict);
        allowed += u64::from(verdict == Verdict::Allow);
        seen.add(format!("{verdict:?}"));
    }
    let layers = ["Scp", "Rcp", "Boundary", "Session", "Resource", "Trust", "Identity"];
    let mut wanted: Vec<String> = layers.iter().map(|layer| format!("ImplicitDeny({layer})")).collect();
    wanted.extend(layers.iter().chain(&["Revocation"]).map(|layer| format!("ExplicitDeny({layer})")));
    wanted.retain(|wanted| !seen.0.contains_key(wanted));
    assert!(wanted.is_empty(), "never decided: {wanted:?}");
    assert!((DECIDED * 3 / 10..DECIDED * 7 / 10).contains(&allowed), "{allowed} of {DECIDED} are allowed");
}

#[test]
fn the_same_seed_gives_the_same_case_and_others_differ() {
    for profile in [Profile::Everything, Profile::Comparable] {
        for seed in 0..500 {
            let case = Case::of(profile, seed);
            assert_eq!(case, Case::of(profile, seed), "seed {seed}");
            assert_ne!(case, Case::of(profile, seed + 1), "seed {seed}");
            case.parse().unwrap_or_else(|error| panic!("{profile:?} {seed}: {error}"));
        }
    }
}

#[test]
fn what_others_do_not_know_stays_out_of_comparable_cases() {
    for seed in 0..DECIDED {
        let case = Case::of(Profile::Comparable, seed);
        assert!(case.texts.revocations.is_empty(), "seed {seed}");
        let parsed = case.parse().unwrap();
        let verdict = parsed.layers(|layers| decide(&case.request(), layers).verdict);
        assert!(!matches!(verdict, Verdict::Forbidden(_)), "seed {seed}: {verdict:?}");
    }
}
