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
    Context, Document, Layer, Layers, Match, PolicyKind, PolicyRef, Principal, Request, ResourceLayer,
    StatementReport, Verdict, parse,
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
    )
        .prop_map(|(caller, same_account, identity, boundary, session, resource, scps)| Scene {
            caller,
            same_account,
            revocations: Vec::new(),
            identity,
            boundary,
            session,
            resource,
            scps,
        })
        .boxed()
}

fn documents(policies: &[Value], kind: PolicyKind) -> Vec<Document> {
    policies.iter().map(|policy| parse(&policy.to_string(), kind).unwrap().document).collect()
}

const NAMES: [&str; 8] = ["0", "1", "2", "3", "4", "5", "6", "7"];

fn refs(documents: &[Document]) -> Vec<PolicyRef<'_>> {
    documents.iter().enumerate().map(|(at, document)| PolicyRef { name: NAMES[at % 8], document }).collect()
}

fn decide(cast: &Cast, scene: &Scene) -> Verdict {
    in_scene(cast, scene, |request, layers| {
        let verdicts: Vec<Verdict> =
            support::engines().iter().map(|engine| engine.decide(request, layers).verdict).collect();
        assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "the engines disagree: {verdicts:?}");
        verdicts[0]
    })
}

fn in_scene<T>(cast: &Cast, scene: &Scene, with: impl FnOnce(&Request<'_>, &Layers<'_>) -> T) -> T {
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
    let scps: Option<Vec<Vec<Document>>> = scene
        .scps
        .as_ref()
        .map(|levels| levels.iter().map(|level| documents(level, PolicyKind::Scp)).collect());
    let scps: Option<Vec<Vec<_>>> =
        scps.as_ref().map(|levels| levels.iter().map(|level| refs(level)).collect());
    let layers = Layers {
        revocations: &refs(&revocations),
        identity: &refs(&identity),
        boundary: refs(&boundary).first().copied(),
        session: session.as_deref(),
        resource: refs(&resource).first().copied().map_or(ResourceLayer::None, ResourceLayer::Policy),
        scps: scps.as_deref(),
        rcps: None,
    };
    with(&request, &layers)
}

fn denying(mut statement: Value) -> Value {
    statement["Effect"] = json!("Deny");
    json!({"Version": "2012-10-17", "Statement": statement})
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
    fn a_deny_never_adds_an_allow(scene in scene(), statement in statement(), layer in 0..5_u8) {
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
            _ => match after.boundary.as_mut().and_then(|policy| policy["Statement"].as_array_mut()) {
                Some(list) => list.push(deny["Statement"].clone()),
                None => after.boundary = Some(deny),
            },
        }
        prop_assert!(!adds_an_allow(decide(cast, &scene), decide(cast, &after)));
    }

    #[test]
    fn a_limit_never_adds_an_allow(scene in scene(), limit in policy(), layer in 0..3_u8) {
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
            _ => after.scps.get_or_insert_default().push(vec![limit]),
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
        for policy in federated.identity.iter_mut().chain(&mut federated.boundary).chain(federated.scps.iter_mut().flatten().flatten()) {
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
        let mut resource: Vec<Value> = after.resource.take().into_iter().collect();
        turn(&mut resource);
        after.resource = resource.pop();
        prop_assert_eq!(decide(cast, &scene), decide(cast, &after));
    }
}
