//! How the sides of a request go together: the caller's own policies, and the policy of the resource (AWS: "How AWS
//! enforcement code logic evaluates requests", "Cross-account policy evaluation logic").

use crate::layers::Layer;
use crate::principal_match::Grant;

/// Whether a layer that must allow does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Allows,
    Silent,
}

impl Says {
    pub(super) fn of(grant: Grant) -> Self {
        if grant == Grant::None { Self::Silent } else { Self::Allows }
    }
}

/// The layers whose allow was needed, apart from guardrails, which always are.
#[derive(Clone, Copy)]
pub(super) struct Needed {
    resource: bool,
    identity: bool,
    limits: bool,
}

impl Needed {
    /// Whether an allow of this layer was needed.
    pub(super) fn counts(self, layer: Layer, resource_layer: Layer) -> bool {
        match layer {
            Layer::Scp | Layer::Rcp => true,
            Layer::Identity => self.identity,
            Layer::Boundary | Layer::Session => self.limits,
            layer => layer == resource_layer && self.resource,
        }
    }
}

/// What each side says, guardrails aside.
pub(super) struct Sides {
    pub(super) has_account: bool,
    pub(super) identity: Says,
    /// Where there is none it allows.
    pub(super) boundary: Says,
    /// Where there is none it allows; but a federated user without a session policy has nothing that allows it.
    pub(super) session: Says,
    pub(super) resource_layer: Layer,
    pub(super) resource: Grant,
}

impl Sides {
    fn within_limits(&self) -> Result<(), Layer> {
        match (self.boundary, self.session) {
            (Says::Silent, _) => Err(Layer::Boundary),
            (_, Says::Silent) => Err(Layer::Session),
            (Says::Allows, Says::Allows) => Ok(()),
        }
    }

    /// The caller's account owns the resource, or the caller has none.
    pub(super) fn same_account(&self) -> Result<Needed, Layer> {
        match self.resource {
            Grant::None if self.resource_layer == Layer::Trust => Err(Layer::Trust),
            Grant::Direct => Ok(Needed { resource: true, identity: false, limits: false }),
            Grant::ViaParent => {
                self.within_limits()?;
                Ok(Needed { resource: true, identity: false, limits: true })
            }
            Grant::Delegate | Grant::None if !self.has_account => Err(self.resource_layer),
            Grant::Delegate | Grant::None => {
                if self.identity == Says::Silent {
                    return Err(Layer::Identity);
                }
                self.within_limits()?;
                Ok(Needed { resource: false, identity: true, limits: true })
            }
        }
    }

    /// Both sides must grant, and no way of naming the caller lifts the caller's own limits.
    pub(super) fn across_accounts(&self) -> Result<Needed, Layer> {
        if self.resource == Grant::None {
            return Err(self.resource_layer);
        }
        if self.identity == Says::Silent {
            let names_account_only =
                self.resource == Grant::Delegate && self.resource_layer == Layer::Resource;
            return Err(if names_account_only { Layer::Resource } else { Layer::Identity });
        }
        self.within_limits()?;
        Ok(Needed { resource: true, identity: true, limits: true })
    }
}
