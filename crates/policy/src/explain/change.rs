//! Where a policy stands among the layers, and the same layers with something changed.

use crate::decide::decide;
use crate::document::Document;
use crate::layers::{Decision, Layer, Layers, PolicyRef, Request, ResourceLayer};

/// The place of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The layer it stands in.
    pub layer: Layer,
    /// The level of the organization, root first, from zero; absent for layers without levels.
    pub level: Option<usize>,
    /// The name under which it was given.
    pub policy: String,
    /// Its place in its list, from zero.
    at: usize,
}

/// Every policy with its place, in the order in which layers are told.
pub(super) fn policies<'a>(layers: &Layers<'a>) -> Vec<(Place, PolicyRef<'a>)> {
    let mut found = Vec::new();
    let mut list = |layer, level, policies: &[PolicyRef<'a>]| {
        for (at, policy) in policies.iter().enumerate() {
            found.push((Place { layer, level, policy: policy.name.to_owned(), at }, *policy));
        }
    };
    list(Layer::Revocation, None, layers.revocations);
    for (layer, levels) in [(Layer::Scp, layers.scps), (Layer::Rcp, layers.rcps)] {
        for (level, policies) in levels.unwrap_or_default().iter().enumerate() {
            list(layer, Some(level), policies);
        }
    }
    list(Layer::Identity, None, layers.identity);
    list(Layer::Boundary, None, layers.boundary.as_slice());
    list(Layer::Session, None, layers.session.unwrap_or_default());
    match layers.resource {
        ResourceLayer::Policy(policy) => list(Layer::Resource, None, &[policy]),
        ResourceLayer::Trust(policy) => list(Layer::Trust, None, &[policy]),
        ResourceLayer::None | ResourceLayer::TrustMissing => {}
    }
    found
}

/// Layers that can be changed.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    rest: Layers<'a>,
    revocations: Vec<PolicyRef<'a>>,
    identity: Vec<PolicyRef<'a>>,
    session: Option<Vec<PolicyRef<'a>>>,
    scps: Option<Vec<Vec<PolicyRef<'a>>>>,
    rcps: Option<Vec<Vec<PolicyRef<'a>>>>,
}

impl<'a> Draft<'a> {
    pub(super) fn of(layers: &Layers<'a>) -> Self {
        Self {
            rest: *layers,
            revocations: layers.revocations.to_vec(),
            identity: layers.identity.to_vec(),
            session: layers.session.map(<[_]>::to_vec),
            scps: layers.scps.map(<[_]>::to_vec),
            rcps: layers.rcps.map(<[_]>::to_vec),
        }
    }

    /// Puts another document in the place of one.
    pub(super) fn replace(&mut self, place: &Place, document: &'a Document) {
        let policy = match place.layer {
            Layer::Revocation => self.revocations.get_mut(place.at),
            Layer::Identity => self.identity.get_mut(place.at),
            Layer::Session => self.session.as_mut().and_then(|list| list.get_mut(place.at)),
            Layer::Scp => level(&mut self.scps, place.level).and_then(|list| list.get_mut(place.at)),
            Layer::Rcp => level(&mut self.rcps, place.level).and_then(|list| list.get_mut(place.at)),
            Layer::Boundary => self.rest.boundary.as_mut(),
            Layer::Resource | Layer::Trust => match &mut self.rest.resource {
                ResourceLayer::Policy(policy) | ResourceLayer::Trust(policy) => Some(policy),
                ResourceLayer::None | ResourceLayer::TrustMissing => None,
            },
        };
        if let Some(policy) = policy {
            policy.document = document;
        }
    }

    /// The policy that an addition to the layer would become part of, where the layer is a single policy.
    pub(super) fn single(&self, layer: Layer) -> Option<&'a Document> {
        match (layer, self.rest.resource) {
            (Layer::Boundary, _) => self.rest.boundary.map(|policy| policy.document),
            (Layer::Resource, ResourceLayer::Policy(policy))
            | (Layer::Trust, ResourceLayer::Trust(policy)) => Some(policy.document),
            _ => None,
        }
    }

    /// Adds a document to a layer with a list, or makes it the policy of a layer with one.
    pub(super) fn add(&mut self, layer: Layer, at_level: Option<usize>, document: &'a Document) {
        let policy = PolicyRef { name: "added", document };
        match layer {
            Layer::Revocation => self.revocations.push(policy),
            Layer::Identity => self.identity.push(policy),
            Layer::Session => self.session.get_or_insert_default().push(policy),
            Layer::Boundary => self.rest.boundary = Some(policy),
            Layer::Resource => self.rest.resource = ResourceLayer::Policy(policy),
            Layer::Trust => self.rest.resource = ResourceLayer::Trust(policy),
            Layer::Scp | Layer::Rcp => {
                let levels = if layer == Layer::Scp { &mut self.scps } else { &mut self.rcps };
                match level(levels, at_level) {
                    Some(list) => list.push(policy),
                    None => levels.get_or_insert_default().push(vec![policy]),
                }
            }
        }
    }

    pub(super) fn decide(&self, request: &Request<'_>) -> Decision {
        decide(
            request,
            &Layers {
                revocations: &self.revocations,
                identity: &self.identity,
                session: self.session.as_deref(),
                scps: self.scps.as_deref(),
                rcps: self.rcps.as_deref(),
                ..self.rest
            },
        )
    }
}

fn level<'l, 'a>(
    levels: &'l mut Option<Vec<Vec<PolicyRef<'a>>>>,
    at: Option<usize>,
) -> Option<&'l mut Vec<PolicyRef<'a>>> {
    levels.as_mut()?.get_mut(at?)
}
