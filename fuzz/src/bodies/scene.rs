//! Who asks for what in the decisions of the targets: a few callers, actions, resources and contexts to choose from.

use std::sync::LazyLock;

use portcullis_policy::{
    Context, Decision, FederatedParent, Layers, PolicyRef, Principal, Request, ResourceLayer, SessionFacts,
    decide,
};

use super::Engine;
use super::serving::{Serving, Sources};

/// The engine written straight from AWS's pages.
struct Reference;

impl Engine for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn decide(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision {
        decide(request, layers)
    }
}

/// Every engine. A further one is named here and nowhere else: the targets compare all of them on every input.
fn engines() -> [&'static dyn Engine; 3] {
    [&Reference, &Serving { sources: Sources::Apart }, &Serving { sources: Sources::OneIndex }]
}

/// The account of the callers.
pub const ACCOUNT: &str = "111122223333";

/// The callers, each with the keys that come with it.
pub static CALLERS: LazyLock<Vec<(Principal, Context)>> = LazyLock::new(callers);

fn callers() -> Vec<(Principal, Context)> {
    let account = ACCOUNT.parse().expect("an account");
    let alice_arn = format!("arn:aws:iam::{ACCOUNT}:user/staff/alice");
    let alice_id = "AIDAALICEAAAAAAAAAAAA".parse().expect("an id");
    let user = |session| Principal::User { account, id: alice_id, arn: alice_arn.clone(), session };
    let federated = |parent| Principal::Federated {
        account,
        arn: format!("arn:aws:sts::{ACCOUNT}:federated-user/bob"),
        parent,
    };
    let session = Principal::RoleSession {
        account,
        role_id: "AROADEPLOYAAAAAAAAAAA".parse().expect("an id"),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/team/deploy"),
        session_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci"),
    };
    let facts = Some(SessionFacts { mfa: false });
    let provider = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/login.example.com");
    vec![
        (user(None), keys(&alice_arn, "AIDAALICEAAAAAAAAAAAA", &[("aws:username", "alice")])),
        (user(facts), keys(&alice_arn, "AIDAALICEAAAAAAAAAAAA", &[("aws:username", "alice"), ISSUED])),
        (
            federated(FederatedParent::User { id: alice_id, arn: alice_arn.clone() }),
            keys(&format!("arn:aws:sts::{ACCOUNT}:federated-user/bob"), "111122223333:bob", &[ISSUED]),
        ),
        (
            federated(FederatedParent::Root),
            keys(&format!("arn:aws:sts::{ACCOUNT}:federated-user/bob"), "111122223333:bob", &[ISSUED]),
        ),
        (
            session,
            keys(
                &format!("arn:aws:iam::{ACCOUNT}:role/team/deploy"),
                "AROADEPLOYAAAAAAAAAAA:ci",
                &[ISSUED, ("aws:PrincipalTag/team", "red"), ("aws:SourceIdentity", "mary")],
            ),
        ),
        (
            Principal::Root { account, session: None },
            keys(&format!("arn:aws:iam::{ACCOUNT}:root"), ACCOUNT, &[]),
        ),
        (Principal::Anonymous, Context::new()),
        (Principal::Service { name: "cloudtrail.amazonaws.com".to_owned() }, Context::new()),
        (Principal::ExternalIdentity { provider }, Context::new()),
    ]
}

const ISSUED: (&str, &str) = ("aws:TokenIssueTime", "2024-05-07T23:00:00.000Z");

fn keys(arn: &str, user_id: &str, more: &[(&str, &str)]) -> Context {
    let mut context = Context::new();
    for (key, value) in
        [("aws:PrincipalArn", arn), ("aws:userid", user_id), ("aws:PrincipalAccount", ACCOUNT)]
    {
        context.set_one(key, value);
    }
    for (key, value) in more {
        context.set_one(key, *value);
    }
    context.set_one("aws:SourceIp", "10.1.2.3");
    context.set_one("aws:CurrentTime", "2024-05-08T09:00:00Z");
    context.set_many("aws:TagKeys", vec!["a".to_owned(), "team".to_owned()]);
    context
}

/// The decision that every engine gives.
pub fn agreed(request: &Request<'_>, layers: &Layers<'_>) -> Decision {
    let mut decisions = engines().into_iter().map(|engine| (engine.name(), engine.decide(request, layers)));
    let (first, decision) = decisions.next().expect("there is an engine");
    for (name, other) in decisions {
        assert_eq!(decision, other, "{first} and {name} disagree");
    }
    decision
}

/// A decision on identity policies alone, by the first caller.
pub fn by_identity(policies: &[PolicyRef<'_>], action: &str, resource: &str, context: &Context) -> Decision {
    let (principal, _) = &CALLERS[0];
    let account = ACCOUNT.parse().expect("an account");
    let request = Request { action, resource, resource_account: account, principal, context };
    agreed(&request, &Layers { identity: policies, resource: ResourceLayer::None, ..Layers::default() })
}
