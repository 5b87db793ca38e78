//! Which policies have a say: gathered from one snapshot for one caller and one resource.

use std::sync::LazyLock;

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::{Document, Layers, PolicyRef, ResourceLayer};

use crate::action::{Guarding, Need};
use crate::caller::{Caller, Holder};
use crate::snapshot::{Inline, Snapshot};

/// The policies of a decision, before they are put into layers.
pub struct Gathered<'a> {
    account: Option<AccountId>,
    identity: Vec<PolicyRef<'a>>,
    boundary: Option<PolicyRef<'a>>,
    session: Option<Vec<PolicyRef<'a>>>,
}

static UNREADABLE: LazyLock<Document> = LazyLock::new(Document::unreadable);

/// A policy that is named somewhere but not there: it denies, because leaving it out could allow.
fn missing() -> PolicyRef<'static> {
    PolicyRef { name: "a policy that cannot be read", document: &UNREADABLE }
}

fn managed(snapshot: &Snapshot, id: UniqueId) -> PolicyRef<'_> {
    match snapshot.policies.get(id) {
        Some(policy) => PolicyRef { name: &policy.arn, document: &policy.document },
        None => missing(),
    }
}

fn inline(policies: &[Inline]) -> impl Iterator<Item = PolicyRef<'_>> {
    policies.iter().map(|policy| PolicyRef { name: &policy.name, document: &policy.document })
}

impl<'a> Gathered<'a> {
    /// Gathers the caller's side.
    pub fn of(caller: &'a Caller, snapshot: &'a Snapshot) -> Self {
        let managed = |id: &UniqueId| managed(snapshot, *id);
        let mut identity = Vec::new();
        let mut boundary = None;
        match &caller.holder {
            Holder::Nobody | Holder::Root => {}
            Holder::User(user) => {
                identity.extend(inline(&user.inline));
                identity.extend(user.record.attached.iter().map(managed));
                boundary = user.record.boundary.as_ref().map(managed);
                for id in &user.record.groups {
                    match snapshot.groups.get(*id) {
                        Some(group) => {
                            identity.extend(inline(&group.inline));
                            identity.extend(group.record.attached.iter().map(managed));
                        }
                        None => identity.push(missing()),
                    }
                }
            }
            Holder::Role(role) => {
                identity.extend(inline(&role.inline));
                identity.extend(role.record.attached.iter().map(managed));
                boundary = role.record.boundary.as_ref().map(managed);
            }
        }
        let session =
            caller.session.as_ref().filter(|session| session.claims.passed.has_policy()).map(|session| {
                let own =
                    session.policy.iter().map(|document| PolicyRef { name: "session policy", document });
                own.chain(session.claims.passed.policy_ids.iter().map(managed)).collect()
            });
        Self { account: caller.account, identity, boundary, session }
    }

    /// The layers of one decision.
    pub fn layers<'b>(&'b self, need: &'b Need) -> Layers<'b>
    where
        'a: 'b,
    {
        let resource = match &need.guarding {
            Guarding::Nothing => ResourceLayer::None,
            Guarding::Bucket(bucket) => {
                bucket.policy_towards(self.account).map_or(ResourceLayer::None, |document| {
                    ResourceLayer::Policy(PolicyRef { name: &bucket.arn, document })
                })
            }
            Guarding::Trust(role) => {
                ResourceLayer::Trust(PolicyRef { name: &role.arn, document: &role.trust })
            }
            Guarding::NoTrust => ResourceLayer::TrustMissing,
        };
        Layers {
            revocations: &[],
            identity: &self.identity,
            boundary: self.boundary,
            session: self.session.as_deref(),
            resource,
            scps: None,
            rcps: None,
        }
    }
}
