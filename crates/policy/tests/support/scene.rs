//! Scenes of the properties: one request of a caller of the cast, and a policy for each layer.

use std::sync::LazyLock;

use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Request, ResourceLayer, Verdict, parse,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::cast::Cast;

/// Documents of every layer, and who asks.
#[derive(Debug, Clone)]
pub struct Scene {
    pub caller: &'static str,
    pub same_account: bool,
    pub revocations: Vec<Value>,
    pub identity: Vec<Value>,
    pub boundary: Option<Value>,
    pub session: Option<Vec<Value>>,
    pub resource: Option<Value>,
    pub scps: Option<Vec<Vec<Value>>>,
    pub rcps: Option<Vec<Vec<Value>>>,
}

pub static CAST: LazyLock<Cast> = LazyLock::new(Cast::read);

pub const CALLERS: [&str; 7] = [
    "alice",
    "alice by GetSessionToken",
    "bob federated by alice",
    "deploy session ci",
    "root",
    "anonymous",
    "cloudtrail",
];

pub fn element(
    name: &'static str,
    negation: &'static str,
    values: &'static [&'static str],
) -> BoxedStrategy<(String, Value)> {
    let written = proptest::sample::select(vec![name, name, name, negation]);
    (written, proptest::sample::subsequence(values.to_vec(), 1..=2))
        .prop_map(|(name, values)| (name.to_owned(), json!(values)))
        .boxed()
}

pub fn condition() -> BoxedStrategy<Value> {
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

pub fn statement() -> BoxedStrategy<Value> {
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

pub fn policy() -> BoxedStrategy<Value> {
    proptest::collection::vec(statement(), 1..3)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
        .boxed()
}

pub fn resource_policy() -> BoxedStrategy<Value> {
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
pub fn guard() -> BoxedStrategy<Value> {
    policy()
        .prop_map(|mut policy| {
            for statement in policy["Statement"].as_array_mut().unwrap() {
                statement["Principal"] = json!("*");
            }
            policy
        })
        .boxed()
}

pub fn scene() -> BoxedStrategy<Scene> {
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

pub fn documents(policies: &[Value], kind: PolicyKind) -> Vec<Document> {
    policies.iter().map(|policy| parse(&policy.to_string(), kind).unwrap().document).collect()
}

pub const NAMES: [&str; 8] = ["0", "1", "2", "3", "4", "5", "6", "7"];

pub fn refs(documents: &[Document]) -> Vec<PolicyRef<'_>> {
    documents.iter().enumerate().map(|(at, document)| PolicyRef { name: NAMES[at % 8], document }).collect()
}

pub fn level_refs(levels: Option<&[Vec<Document>]>) -> Option<Vec<Vec<PolicyRef<'_>>>> {
    levels.map(|levels| levels.iter().map(|level| refs(level)).collect())
}

pub fn decide(cast: &Cast, scene: &Scene) -> Verdict {
    in_scene(cast, scene, |request, layers| {
        let verdicts: Vec<Verdict> =
            super::engines().iter().map(|engine| engine.decide(request, layers).verdict).collect();
        assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "the engines disagree: {verdicts:?}");
        verdicts[0]
    })
}

pub fn in_scene<T>(cast: &Cast, scene: &Scene, with: impl FnOnce(&Request<'_>, &Layers<'_>) -> T) -> T {
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
    with(&request, &layers)
}
