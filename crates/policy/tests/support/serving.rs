//! The serving engine beside the obvious one: the same layers compiled, its verdict, and whether the statements that it
//! names are among those that decided.

use std::sync::{Arc, LazyLock};

use portcullis_policy::serving::{self, Compiled, PolicySet, Source, View};
use portcullis_policy::{
    Deciding, Decision, Document, Effect, Layer, Layers, PolicyKind, PolicyRef, Request, ResourceLayer,
    Verdict, parse,
};

use super::Engine;

/// How the policies of a layer are given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// Each on its own.
    Apart,
    /// In a set with so many others that it has an index of its own.
    OneIndex,
}

pub struct Serving {
    pub sources: Sources,
}

/// A policy that is about nothing asked here.
static PADDING: LazyLock<Arc<Compiled>> = LazyLock::new(|| {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "padding:*", "Resource": "arn:aws:padding:::x"},
        {"Effect": "Allow", "Action": "padding:Nothing", "Resource": "*"}]}"#;
    Arc::new(Compiled::new(&parse(text, PolicyKind::Identity).unwrap().document))
});

/// As many more policies as a set needs to be given an index.
fn padding() -> Vec<(Arc<str>, Arc<Compiled>)> {
    (0..8).map(|_| (Arc::from("padding"), Arc::clone(&PADDING))).collect()
}

/// The policies of one layer, compiled.
enum Held {
    Apart(Vec<(String, Compiled)>),
    Set(PolicySet),
}

impl Held {
    fn new(sources: Sources, policies: &[PolicyRef<'_>]) -> Self {
        let compiled = |document: &Document| Compiled::new(document);
        match sources {
            Sources::Apart => Self::Apart(
                policies.iter().map(|policy| (policy.name.to_owned(), compiled(policy.document))).collect(),
            ),
            Sources::OneIndex => {
                let mut all = padding();
                all.extend(
                    policies
                        .iter()
                        .map(|policy| (Arc::from(policy.name), Arc::new(compiled(policy.document)))),
                );
                Self::Set(PolicySet::new(all))
            }
        }
    }

    fn sources(&self) -> Vec<Source<'_>> {
        match self {
            Self::Apart(policies) => {
                policies.iter().map(|(name, compiled)| Source::One(name, compiled)).collect()
            }
            Self::Set(set) => vec![Source::Set(set)],
        }
    }
}

impl Serving {
    fn held(&self, policies: &[PolicyRef<'_>]) -> Held {
        Held::new(self.sources, policies)
    }

    fn levels(&self, levels: Option<&[Vec<PolicyRef<'_>>]>) -> Option<Vec<Held>> {
        Some(levels?.iter().map(|level| self.held(level)).collect())
    }

    fn answer(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision {
        self.served(request, layers, |request, layers| serving::decide(request, layers).to_owned())
    }

    /// Asks `with` about the same request and layers as the serving engine takes them.
    pub fn served<T>(
        &self,
        request: &Request<'_>,
        layers: &Layers<'_>,
        with: impl FnOnce(&serving::Request<'_>, &serving::Layers<'_>) -> T,
    ) -> T {
        let view = View::of(request.context);
        let (revocations, identity) = (self.held(layers.revocations), self.held(layers.identity));
        let (revocations, identity) = (revocations.sources(), identity.sources());
        let boundary = layers.boundary.map(|policy| self.held(&[policy]));
        let boundary = boundary.as_ref().map(Held::sources);
        let session = layers.session.map(|policies| self.held(policies));
        let session = session.as_ref().map(Held::sources);
        let resource = match layers.resource {
            ResourceLayer::Policy(policy) | ResourceLayer::Trust(policy) => Some(self.held(&[policy])),
            ResourceLayer::None | ResourceLayer::TrustMissing => None,
        };
        let resource = resource.as_ref().map(Held::sources);
        let (scps, rcps) = (self.levels(layers.scps), self.levels(layers.rcps));
        let scps: Option<Vec<Vec<Source<'_>>>> =
            scps.as_ref().map(|levels| levels.iter().map(Held::sources).collect());
        let rcps: Option<Vec<Vec<Source<'_>>>> =
            rcps.as_ref().map(|levels| levels.iter().map(Held::sources).collect());
        let scps: Option<Vec<&[Source<'_>]>> =
            scps.as_ref().map(|levels| levels.iter().map(Vec::as_slice).collect());
        let rcps: Option<Vec<&[Source<'_>]>> =
            rcps.as_ref().map(|levels| levels.iter().map(Vec::as_slice).collect());
        let served = serving::Layers {
            revocations: &revocations,
            identity: &identity,
            boundary: boundary.as_ref().map(|sources| sources[0]),
            session: session.as_deref(),
            resource: match (layers.resource, &resource) {
                (ResourceLayer::Policy(_), Some(sources)) => serving::ResourceLayer::Policy(sources[0]),
                (ResourceLayer::Trust(_), Some(sources)) => serving::ResourceLayer::Trust(sources[0]),
                (ResourceLayer::TrustMissing, _) => serving::ResourceLayer::TrustMissing,
                _ => serving::ResourceLayer::None,
            },
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
        };
        let asked = serving::Request {
            action: request.action,
            resource: request.resource,
            resource_account: request.resource_account,
            principal: request.principal,
            view: &view,
        };
        with(&asked, &served)
    }
}

impl Engine for Serving {
    fn name(&self) -> &'static str {
        match self.sources {
            Sources::Apart => "serving",
            Sources::OneIndex => "serving, one index",
        }
    }

    fn decide(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision {
        let obvious = portcullis_policy::decide(request, layers);
        let served = self.answer(request, layers);
        if served.verdict == obvious.verdict {
            assert_tells_the_same(&obvious, &served);
        }
        Decision { verdict: served.verdict, deciding: obvious.deciding }
    }
}

/// Every deny as long as there are eight at most; one allow of each layer that has one.
fn assert_tells_the_same(obvious: &Decision, served: &Decision) {
    let key = |deciding: &Deciding| {
        (deciding.layer, deciding.policy.clone(), deciding.statement.clone(), deciding.index)
    };
    let all: Vec<_> = obvious.deciding.iter().map(key).collect();
    let told: Vec<_> = served.deciding.iter().map(key).collect();
    assert!(told.iter().all(|one| all.contains(one)), "{told:?} is not among {all:?}");
    let layers = |decision: &Decision, effect: Effect| -> Vec<Layer> {
        let mut layers: Vec<Layer> = decision
            .deciding
            .iter()
            .filter(|deciding| deciding.effect == effect)
            .map(|deciding| deciding.layer)
            .collect();
        layers.sort_unstable();
        layers.dedup();
        layers
    };
    if matches!(obvious.verdict, Verdict::ExplicitDeny(_)) && all.len() <= 8 {
        let missing: Vec<_> = all.iter().filter(|one| !told.contains(one)).collect();
        assert!(missing.is_empty(), "{missing:?} is not told");
    } else {
        assert_eq!(layers(obvious, Effect::Allow), layers(served, Effect::Allow));
    }
}
