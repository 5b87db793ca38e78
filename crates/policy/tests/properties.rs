//! What must hold of every decision, whatever the policies: limits only limit, and order says nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use std::sync::LazyLock;

use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Principal, Request, ResourceLayer, Verdict, parse,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::cast::Cast;

/// Documents of every layer, and who asks.
#[derive(Debug, Clone)]
struct Scene {
    caller: &'static str,
    same_account: bool,
    revocations: Vec<Value>,
    identity: Vec<Value>,
    boundary: Option<Value>,
    session: Option<Vec<Value>>,
    resource: Option<Value>,
    scps: Option<Vec<Vec<Value>>>,
    rcps: Option<Vec<Vec<Value>>>,
}

static CAST: LazyLock<Cast> = LazyLock::new(Cast::read);

const CALLERS: [&str; 7] = [
    "alice",
    "alice by GetSessionToken",
    "bob federated by alice",
    "deploy session ci",
    "root",
    "anonymous",
    "cloudtrail",
];

fn element(
    name: &'static str,
    negation: &'static str,
    values: &'static [&'static str],
) -> BoxedStrategy<(String, Value)> {
    let written = proptest::sample::select(vec![name, name, name, negation]);
    (written, proptest::sample::subsequence(values.to_vec(), 1..=2))
        .prop_map(|(name, values)| (name.to_owned(), json!(values)))
        .boxed()
}

fn condition() -> BoxedStrategy<Value> {
    proptest::sample::select(vec![
        json!({}),
        json!({}),
        json!({"StringEquals": {"aws:username": "alice"}}),
        json!({"StringNotEquals": {"aws:username": "alice"}}),
        json!({"Null": {"aws:TokenIssueTime": "true"}}),
        json!({"ForAllValues:StringLike": {"aws:TagKeys": ["a*"]}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
        json!({"DateLessThan": {"aws:TokenIssueTime": "2024-05-07T23:30:00Z"}}),
    ])
    .boxed()
}

fn statement() -> BoxedStrategy<Value> {
    let effect = proptest::sample::select(vec!["Allow", "Allow", "Deny"]);
    let action = element("Action", "NotAction", &["*", "s3:Get*", "s3:PutObject", "sqs:*"]);
    let resource = element(
        "Resource",
        "NotResource",
        &["*", "arn:aws:s3:::data/*", "arn:aws:s3:::other/${aws:username}"],
    );
    (effect, action, resource, condition())
        .prop_map(|(effect, action, resource, condition)| {
            json!({"Effect": effect, action.0: action.1, resource.0: resource.1, "Condition": condition})
        })
        .boxed()
}

fn policy() -> BoxedStrategy<Value> {
    proptest::collection::vec(statement(), 1..3)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
        .boxed()
}

fn resource_policy() -> BoxedStrategy<Value> {
    let principal = proptest::sample::select(vec![
        json!("*"),
        json!({"AWS": "111122223333"}),
        json!({"AWS": "arn:aws:iam::111122223333:user/staff/alice"}),
        json!({"AWS": "arn:aws:iam::111122223333:role/team/deploy"}),
        json!({"AWS": "arn:aws:sts::111122223333:assumed-role/deploy/ci"}),
        json!({"AWS": "arn:aws:sts::111122223333:federated-user/bob"}),
        json!({"Service": "cloudtrail.amazonaws.com"}),
    ]);
    let named = (statement(), principal).prop_map(|(mut statement, principal)| {
        let is_deny = statement["Effect"] == "Deny";
        let name = if is_deny && principal != "*" { "NotPrincipal" } else { "Principal" };
        statement[name] = principal;
        statement
    });
    proptest::collection::vec(named, 1..4)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
        .boxed()
}

/// A resource control policy; the default one, which allows, is among them.
fn guard() -> BoxedStrategy<Value> {
    policy()
        .prop_map(|mut policy| {
            for statement in policy["Statement"].as_array_mut().unwrap() {
                statement["Principal"] = json!("*");
            }
            policy
        })
        .boxed()
}

fn scene() -> BoxedStrategy<Scene> {
    let policies = || proptest::collection::vec(policy(), 0..3);
    (
        proptest::sample::select(CALLERS.to_vec()),
        any::<bool>(),
        policies(),
        proptest::option::of(policy()),
        proptest::option::of(policies()),
        proptest::option::of(resource_policy()),
        proptest::option::of(proptest::collection::vec(policies(), 1..3)),
        proptest::option::of(proptest::collection::vec(proptest::collection::vec(guard(), 0..3), 1..3)),
    )
        .prop_map(|(caller, same_account, identity, boundary, session, resource, scps, rcps)| Scene {
            caller,
            same_account,
            revocations: Vec::new(),
            identity,
            boundary,
            session,
            resource,
            scps,
            rcps,
        })
        .boxed()
}

fn documents(policies: &[Value], kind: PolicyKind) -> Vec<Document> {
    policies.iter().map(|policy| parse(&policy.to_string(), kind).unwrap().document).collect()
}

fn refs(documents: &[Document]) -> Vec<PolicyRef<'_>> {
    documents.iter().map(|document| PolicyRef { name: "policy", document }).collect()
}

fn level_refs(levels: Option<&[Vec<Document>]>) -> Option<Vec<Vec<PolicyRef<'_>>>> {
    levels.map(|levels| levels.iter().map(|level| refs(level)).collect())
}

fn decide(cast: &Cast, scene: &Scene) -> Verdict {
    let caller = cast.caller(scene.caller);
    let mut context: Context = caller.context.clone();
    context.set_many("aws:TagKeys", vec!["ab".to_owned()]);
    let owner = if scene.same_account { "111122223333" } else { "444455556666" };
    let request = Request {
        action: "s3:GetObject",
        resource: "arn:aws:s3:::data/report",
        resource_account: owner.parse().unwrap(),
        principal: &caller.principal,
        context: &context,
    };
    let revocations = documents(&scene.revocations, PolicyKind::Identity);
    let identity = documents(&scene.identity, PolicyKind::Identity);
    let boundary = documents(scene.boundary.as_slice(), PolicyKind::Identity);
    let session = scene.session.as_ref().map(|policies| documents(policies, PolicyKind::Session));
    let session: Option<Vec<_>> = session.as_ref().map(|documents| refs(documents));
    let resource = documents(scene.resource.as_slice(), PolicyKind::Resource);
    let levels = |levels: &Option<Vec<Vec<Value>>>, kind| -> Option<Vec<Vec<Document>>> {
        levels.as_ref().map(|levels| levels.iter().map(|level| documents(level, kind)).collect())
    };
    let (scps, rcps) = (levels(&scene.scps, PolicyKind::Scp), levels(&scene.rcps, PolicyKind::Resource));
    let (scps, rcps) = (level_refs(scps.as_deref()), level_refs(rcps.as_deref()));
    let layers = Layers {
        revocations: &refs(&revocations),
        identity: &refs(&identity),
        boundary: refs(&boundary).first().copied(),
        session: session.as_deref(),
        resource: refs(&resource).first().copied().map_or(ResourceLayer::None, ResourceLayer::Policy),
        scps: scps.as_deref(),
        rcps: rcps.as_deref(),
    };
    let verdicts: Vec<Verdict> =
        support::engines().iter().map(|engine| engine.decide(&request, &layers).verdict).collect();
    assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "the engines disagree: {verdicts:?}");
    verdicts[0]
}

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
