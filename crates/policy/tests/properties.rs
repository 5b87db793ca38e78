//! What must hold of every decision, whatever the policies: limits only limit, and order says nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_policy::{Layer, Match, PolicyKind, Principal, StatementReport, Verdict, parse};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::scene::{CAST, Scene, decide, in_scene, policy, scene, statement};

fn denying(mut statement: Value) -> Value {
    statement["Effect"] = json!("Deny");
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn for_everyone(mut policy: Value) -> Value {
    match &mut policy["Statement"] {
        Value::Array(statements) => statements.iter_mut().for_each(|one| one["Principal"] = json!("*")),
        statement => statement["Principal"] = json!("*"),
    }
    policy
}

fn adds_an_allow(before: Verdict, after: Verdict) -> bool {
    before != Verdict::Allow && after == Verdict::Allow
}

/// Whether a statement with these elements and no others that restrict would apply: asked as the one Allow there is.
fn would_apply(scene: &Scene, statement: &Value, elements: &[&str]) -> bool {
    let mut probe = json!({"Effect": "Allow"});
    for (element, negation, everything) in
        [("Action", "NotAction", json!("*")), ("Resource", "NotResource", json!("*"))]
    {
        match [element, negation]
            .iter()
            .find(|name| elements.contains(&element) && statement.get(**name).is_some())
        {
            Some(name) => probe[*name] = statement[*name].clone(),
            None => probe[element] = everything,
        }
    }
    if elements.contains(&"Condition") {
        probe["Condition"] = statement["Condition"].clone();
    }
    let alone = Scene {
        caller: scene.caller,
        same_account: true,
        revocations: Vec::new(),
        identity: vec![json!({"Version": "2012-10-17", "Statement": probe})],
        boundary: None,
        // A federated user has nothing without one.
        session: Some(vec![
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
        ]),
        resource: None,
        scps: None,
        rcps: None,
    };
    decide(&CAST, &alone) == Verdict::Allow
}

/// The element that is said to fail does, and those before it match.
fn check_failure(scene: &Scene, statement: &Value, report: &StatementReport) {
    let order = ["Action", "Resource", "Condition"];
    let Match::Fails(failure) = &report.result else {
        assert!(would_apply(scene, statement, &order), "{statement} is said to apply");
        return;
    };
    let at =
        order.iter().position(|name| *name == failure.element.name()).expect("there is no Principal here");
    assert!(would_apply(scene, statement, &order[..at]), "{statement} fails before {failure:?}");
    assert!(!would_apply(scene, statement, &[order[at]]), "{statement} does not fail on {failure:?}");
    for name in &order[at + 1..] {
        let fails = failure.also.iter().any(|element| element.name() == *name);
        assert_eq!(fails, !would_apply(scene, statement, &[name]), "{statement}: {name}, {failure:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_deny_never_adds_an_allow(scene in scene(), statement in statement(), layer in 0..7_u8) {
        let cast = &*CAST;
        let deny = denying(statement);
        let mut after = scene.clone();
        match layer {
            0 => after.revocations.push(deny),
            1 => after.identity.push(deny),
            2 => {
                let mut statements = deny["Statement"].clone();
                statements["Principal"] = json!("*");
                match after.resource.as_mut().and_then(|policy| policy["Statement"].as_array_mut()) {
                    Some(list) => list.push(statements),
                    None => after.resource = Some(json!({"Version": "2012-10-17", "Statement": statements})),
                }
            }
            3 => match after.scps.as_mut().and_then(|levels| levels.last_mut()) {
                Some(level) => level.push(deny),
                None => after.scps = Some(vec![vec![deny]]),
            },
            4 => match after.rcps.as_mut().and_then(|levels| levels.first_mut()) {
                Some(level) => level.push(for_everyone(deny)),
                None => after.rcps = Some(vec![vec![for_everyone(deny)]]),
            },
            // Where there are no session policies, one would be the other half of a federated user's grant.
            5 => after.session.get_or_insert_default().push(deny),
            _ => match after.boundary.as_mut().and_then(|policy| policy["Statement"].as_array_mut()) {
                Some(list) => list.push(deny["Statement"].clone()),
                None => after.boundary = Some(deny),
            },
        }
        prop_assert!(!adds_an_allow(decide(cast, &scene), decide(cast, &after)));
    }

    #[test]
    fn a_limit_never_adds_an_allow(scene in scene(), limit in policy(), layer in 0..4_u8) {
        let cast = &*CAST;
        let mut before = scene;
        let mut after = before.clone();
        match layer {
            0 => {
                before.boundary = None;
                after.boundary = Some(limit);
            }
            1 => {
                // A federated user has nothing without a session policy: there, one is a grant's other half.
                let is_federated = matches!(cast.caller(before.caller).principal, Principal::Federated { .. });
                prop_assume!(!is_federated);
                before.session = None;
                after.session = Some(vec![limit]);
            }
            2 => after.scps.get_or_insert_default().push(vec![limit]),
            _ => after.rcps.get_or_insert_default().push(vec![for_everyone(limit)]),
        }
        prop_assert!(!adds_an_allow(decide(cast, &before), decide(cast, &after)));
    }

    #[test]
    fn a_session_never_exceeds_its_maker(scene in scene()) {
        let cast = &*CAST;
        let mut federated = scene;
        federated.caller = "bob federated by alice";
        federated.resource = None;
        // The conditions name the caller's keys; without them both callers meet the same policies.
        let guards = federated.scps.iter_mut().chain(&mut federated.rcps).flatten().flatten();
        for policy in federated.identity.iter_mut().chain(&mut federated.boundary).chain(guards) {
            for statement in policy["Statement"].as_array_mut().unwrap() {
                statement["Condition"] = json!({});
                if let Some(resource) = ["Resource", "NotResource"].iter().find(|name| statement.get(**name).is_some()) {
                    statement[*resource] = json!("arn:aws:s3:::data/*");
                }
            }
        }
        let mut maker = federated.clone();
        maker.caller = "alice";
        maker.session = None;
        prop_assert!(!adds_an_allow(decide(cast, &maker), decide(cast, &federated)));
    }

    #[test]
    fn an_explanation_is_that_of_the_decision(scene in scene()) {
        let explanation = in_scene(&CAST, &scene, support::explained::consistent);
        for report in explanation.statements.iter().filter(|report| report.place.layer == Layer::Identity) {
            let at: usize = report.place.policy.parse().unwrap();
            check_failure(&scene, &scene.identity[at]["Statement"][report.index], report);
        }
    }

    #[test]
    fn order_and_duplicates_do_not_matter(scene in scene()) {
        let cast = &*CAST;
        let mut after = scene.clone();
        let turn = |policies: &mut Vec<Value>| {
            policies.reverse();
            policies.extend(policies.clone());
            for policy in policies {
                let statements = policy["Statement"].as_array_mut().unwrap();
                statements.reverse();
                statements.extend(statements.clone());
            }
        };
        turn(&mut after.identity);
        after.session.as_mut().map(turn);
        after.scps.iter_mut().flatten().for_each(turn);
        after.rcps.iter_mut().flatten().for_each(turn);
        let mut resource: Vec<Value> = after.resource.take().into_iter().collect();
        turn(&mut resource);
        after.resource = resource.pop();
        prop_assert_eq!(decide(cast, &scene), decide(cast, &after));
    }

    #[test]
    fn guardrails_and_boundaries_alone_allow_nothing(scene in scene()) {
        let cast = &*CAST;
        let mut scene = scene;
        scene.identity = Vec::new();
        scene.resource = None;
        prop_assume!(!matches!(cast.caller(scene.caller).principal, Principal::Root { .. }));
        prop_assert_ne!(decide(cast, &scene), Verdict::Allow);
    }

    #[test]
    fn what_is_printed_decides_alike(scene in scene()) {
        let printed = |policy: &Value| -> Value {
            let kind = if policy["Statement"][0]["Principal"].is_null() && policy["Statement"][0]["NotPrincipal"].is_null() {
                PolicyKind::Identity
            } else {
                PolicyKind::Resource
            };
            let text = parse(&policy.to_string(), kind).unwrap().document.to_string();
            assert_eq!(parse(&text, kind).unwrap().document.to_string(), text);
            serde_json::from_str(&text).unwrap()
        };
        let all = |policies: &Vec<Value>| -> Vec<Value> { policies.iter().map(printed).collect() };
        let levels = |levels: &Vec<Vec<Value>>| -> Vec<Vec<Value>> { levels.iter().map(all).collect() };
        let after = Scene {
            identity: all(&scene.identity),
            boundary: scene.boundary.as_ref().map(printed),
            session: scene.session.as_ref().map(all),
            resource: scene.resource.as_ref().map(printed),
            scps: scene.scps.as_ref().map(levels),
            rcps: scene.rcps.as_ref().map(levels),
            ..scene.clone()
        };
        prop_assert_eq!(decide(&CAST, &scene), decide(&CAST, &after));
    }
}
