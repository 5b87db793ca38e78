//! The policies of one decision with their texts: what [`crate::gather`] gathers for requests, for whoever wants to
//! read it.

use portcullis_base::UniqueId;
use portcullis_policy::{Deciding, Document, Layer, Layers, PolicyKind, PolicyRef, ResourceLayer, parse};
use portcullis_store::record::{DocumentRecord, InlinePolicyRecord};

use crate::action::{Guarding, Need};
use crate::caller::{Caller, Holder};
use crate::gather::{Gathered, OWN_PASSWORD, OWN_PASSWORD_ACTIONS};
use crate::preview::in_force;
use crate::snapshot::Snapshot;
use crate::snapshot::guardrail::Level;

/// A policy with the name that it has in decisions.
struct Named {
    name: String,
    document: Document,
}

/// The resource's own.
enum OfResource {
    Nothing,
    Policy(Named),
    Trust(Named),
    NoTrust,
}

/// The policies of one decision.
pub struct Policies {
    identity: Vec<Named>,
    boundary: Option<Named>,
    session: Option<Vec<Named>>,
    resource: OfResource,
    scps: Option<Vec<Vec<Named>>>,
    rcps: Option<Vec<Vec<Named>>>,
}

impl Named {
    fn of(name: &str, text: &str, kind: PolicyKind) -> Self {
        let document = parse(text, kind).map_or_else(|_| Document::unreadable(), |parsed| parsed.document);
        Self { name: name.to_owned(), document }
    }

    fn missing() -> Self {
        Self { name: "a policy that cannot be read".to_owned(), document: Document::unreadable() }
    }

    fn bound(name: &str, record: &DocumentRecord, kind: PolicyKind) -> Self {
        let mut named = Self::of(name, &record.text, kind);
        let ids: Vec<(String, UniqueId)> =
            record.principals.iter().map(|held| (held.arn.clone(), held.id)).collect();
        named.document.settle(&ids);
        named
    }

    fn managed(snapshot: &Snapshot, id: UniqueId) -> Self {
        snapshot
            .policies
            .get(id)
            .map_or_else(Self::missing, |held| Self::of(&held.arn, in_force(held), PolicyKind::Identity))
    }

    fn shown(&self) -> PolicyRef<'_> {
        PolicyRef { name: &self.name, document: &self.document }
    }
}

fn inline(records: &[InlinePolicyRecord]) -> impl Iterator<Item = Named> {
    records.iter().map(|held| Named::of(&held.name, &held.document.text, PolicyKind::Identity))
}

fn levels(snapshot: &Snapshot, levels: &[std::sync::Arc<Level>], kind: PolicyKind) -> Vec<Vec<Named>> {
    let named = |name: &String| {
        let held = snapshot.accounts.policies().find(|policy| policy.arn == *name);
        held.map_or_else(
            || Named { name: name.clone(), document: Document::unreadable() },
            |held| Named::of(name, &held.record.text, kind),
        )
    };
    levels.iter().map(|level| level.iter().map(|(name, _)| named(name)).collect()).collect()
}

impl Policies {
    /// Those of a caller and a need.
    pub fn of(snapshot: &Snapshot, caller: &Caller, need: &Need) -> Self {
        let gathered = Gathered::of(caller, snapshot);
        let managed = |id: &UniqueId| Named::managed(snapshot, *id);
        let (mut identity, mut boundary) = (Vec::new(), None);
        match &caller.holder {
            Holder::Nobody | Holder::Root => {}
            Holder::User(user) => {
                identity.extend(inline(&user.record.inline));
                identity.extend(user.record.attached.iter().map(managed));
                boundary = user.record.boundary.as_ref().map(managed);
                for id in &user.record.groups {
                    match snapshot.groups.get(*id) {
                        Some(group) => {
                            identity.extend(inline(&group.record.inline));
                            identity.extend(group.record.attached.iter().map(managed));
                        }
                        None => identity.push(Named::missing()),
                    }
                }
            }
            Holder::Role(role) => {
                identity.extend(inline(&role.record.inline));
                identity.extend(role.record.attached.iter().map(managed));
                boundary = role.record.boundary.as_ref().map(managed);
            }
        }
        if OWN_PASSWORD_ACTIONS.contains(&need.action) && gathered.may_change_password() {
            identity.push(Named::of("the account password policy", OWN_PASSWORD, PolicyKind::Identity));
        }
        let passed = caller.session.as_ref().map(|session| &session.claims.passed);
        let session = passed.filter(|passed| passed.has_policy()).map(|passed| {
            let own = passed.policy.iter().map(|text| Named::of("session policy", text, PolicyKind::Session));
            own.chain(passed.policy_ids.iter().map(managed)).collect()
        });
        let is_bound = !gathered.is_service_linked();
        let scps = gathered.place().filter(|_| is_bound).and_then(|place| place.scps.as_deref());
        let of_resource = gathered.place_of(need.real_account()).filter(|_| is_bound);
        let rcps = of_resource.and_then(|place| place.rcps.as_deref());
        Self {
            identity,
            boundary,
            session,
            resource: of_guard(snapshot, caller, need),
            scps: scps.map(|held| levels(snapshot, held, PolicyKind::Scp)),
            rcps: rcps.map(|held| levels(snapshot, held, PolicyKind::Rcp)),
        }
    }

    /// Asks `with` about the layers.
    pub fn with_layers<T>(&self, with: impl FnOnce(&Layers<'_>) -> T) -> T {
        let identity = all(&self.identity);
        let session = self.session.as_deref().map(all);
        let (scps, rcps) = (rails(self.scps.as_deref()), rails(self.rcps.as_deref()));
        with(&Layers {
            revocations: &[],
            identity: &identity,
            boundary: self.boundary.as_ref().map(Named::shown),
            session: session.as_deref(),
            resource: match &self.resource {
                OfResource::Nothing => ResourceLayer::None,
                OfResource::Policy(named) => ResourceLayer::Policy(named.shown()),
                OfResource::Trust(named) => ResourceLayer::Trust(named.shown()),
                OfResource::NoTrust => ResourceLayer::TrustMissing,
            },
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
        })
    }

    /// The text of a statement that decided, or would have.
    pub fn text(&self, deciding: &Deciding) -> Option<String> {
        let of = |list: &[Named]| {
            let named = list.iter().find(|named| named.name == deciding.policy)?;
            let statement = named.document.apart().into_iter().nth(deciding.index)?;
            // A policy that was edited since has perhaps another statement in that place.
            let is_same = statement.statements().first()?.sid() == deciding.statement.as_deref();
            is_same.then(|| statement.to_string())
        };
        let rails = |levels: &Option<Vec<Vec<Named>>>| levels.iter().flatten().find_map(|level| of(level));
        match deciding.layer {
            Layer::Identity => of(&self.identity),
            Layer::Boundary => of(self.boundary.as_slice()),
            Layer::Session => of(self.session.as_deref().unwrap_or_default()),
            Layer::Resource | Layer::Trust => match &self.resource {
                OfResource::Policy(named) | OfResource::Trust(named) => of(std::slice::from_ref(named)),
                OfResource::Nothing | OfResource::NoTrust => None,
            },
            Layer::Scp => rails(&self.scps),
            Layer::Rcp => rails(&self.rcps),
            Layer::Revocation => None,
        }
    }

    /// Whether guardrails of an organization have a say.
    pub fn has_guardrails(&self) -> bool {
        self.scps.is_some() || self.rcps.is_some()
    }
}

fn all(list: &[Named]) -> Vec<PolicyRef<'_>> {
    list.iter().map(Named::shown).collect()
}

fn rails(levels: Option<&[Vec<Named>]>) -> Option<Vec<Vec<PolicyRef<'_>>>> {
    levels.map(|levels| levels.iter().map(|level| all(level)).collect())
}

fn of_guard(snapshot: &Snapshot, caller: &Caller, need: &Need) -> OfResource {
    match &need.guarding {
        Guarding::Nothing => OfResource::Nothing,
        Guarding::Bucket(bucket) => {
            let has_say = bucket.policy_towards(caller.account).is_some();
            let policy = bucket.record.policy.as_ref().filter(|_| has_say);
            policy.map_or(OfResource::Nothing, |policy| {
                OfResource::Policy(Named::bound(&bucket.arn, policy, PolicyKind::Resource))
            })
        }
        Guarding::Delegation(delegation) => {
            let held = snapshot.accounts.organization().and_then(|record| record.resource_policy.as_ref());
            held.map_or(OfResource::Nothing, |held| {
                OfResource::Policy(Named::bound(&delegation.arn, &held.document, PolicyKind::Resource))
            })
        }
        Guarding::Trust(role) => {
            OfResource::Trust(Named::bound(&role.arn, &role.record.trust, PolicyKind::Trust))
        }
        Guarding::NoTrust => OfResource::NoTrust,
    }
}
