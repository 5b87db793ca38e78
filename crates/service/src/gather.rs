//! Which policies have a say: gathered from one snapshot for one caller and one resource.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::PolicyKind;
use portcullis_policy::serving::{Compiled, Layers, PolicySet, ResourceLayer, Source};
use smallvec::SmallVec;

use crate::action::{Guarding, Need};
use crate::caller::{Caller, Holder};
use crate::snapshot::Snapshot;
use crate::snapshot::document::{compiled, unreadable};
use crate::snapshot::guardrail::{Level, Place};

/// A policy with its name, as it stands in the snapshot.
type Named<'a> = (&'a str, &'a Arc<Compiled>);
/// As many policies as most callers have cost no allocation.
type List<'a> = SmallVec<[Named<'a>; 16]>;

/// The policies of a decision, before they are put into layers.
pub struct Gathered<'a> {
    snapshot: &'a Snapshot,
    caller: &'a Caller,
    /// What the caller's account inherits from its organization.
    place: Option<&'a Place>,
    identity: List<'a>,
    /// The identity policies under one index, where they are many.
    together: Option<Arc<PolicySet>>,
    boundary: Option<Named<'a>>,
    session: Option<List<'a>>,
}

/// What every user of an account may do whose password policy has AllowUsersToChangePassword (IAM User Guide, "Set an
/// account password policy for IAM users"). ChangePassword is about nobody but the caller.
pub(crate) const OWN_PASSWORD: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*",
    "Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"]}}"#;
/// The actions of that document: asked about others, it says nothing.
pub(crate) const OWN_PASSWORD_ACTIONS: [&str; 2] = ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"];

fn own_password() -> Source<'static> {
    static DOCUMENT: OnceLock<Arc<Compiled>> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| compiled(OWN_PASSWORD, PolicyKind::Identity));
    Source::One("the account password policy", document)
}

/// A policy that is named somewhere but not there: it denies, because leaving it out could allow.
fn missing() -> Named<'static> {
    ("a policy that cannot be read", unreadable())
}

fn managed(snapshot: &Snapshot, id: UniqueId) -> Named<'_> {
    match snapshot.policies.get(id) {
        Some(policy) => (&policy.arn, policy.document()),
        None => missing(),
    }
}

fn sources<'a>(list: &'a List<'_>) -> SmallVec<[Source<'a>; 16]> {
    list.iter().map(|(name, document)| Source::One(name, document)).collect()
}

/// Guardrails, level by level: as many policies and levels as there can be cost no allocation.
type Rails<'a> = SmallVec<[SmallVec<[Source<'a>; 6]>; 7]>;

fn levels(levels: &[Arc<Level>]) -> Rails<'_> {
    levels
        .iter()
        .map(|held| held.iter().map(|(name, document)| Source::One(name, document)).collect())
        .collect()
}

fn borrowed<'r, 'a>(rails: &'r Rails<'a>) -> SmallVec<[&'r [Source<'a>]; 7]> {
    rails.iter().map(SmallVec::as_slice).collect()
}

/// The policies under one index. `held` is where it is kept as long as they are the same.
fn together(policies: &List<'_>, held: &ArcSwapOption<PolicySet>) -> Option<Arc<PolicySet>> {
    if !PolicySet::is_worth_it(policies.len()) {
        return None;
    }
    let is_current = |set: &Arc<PolicySet>| set.is_of(policies.iter().map(|(_, document)| *document));
    if let Some(set) = held.load_full().filter(is_current) {
        return Some(set);
    }
    let named = policies.iter().map(|(name, document)| (Arc::from(*name), Arc::clone(document)));
    let set = Arc::new(PolicySet::new(named.collect()));
    held.store(Some(Arc::clone(&set)));
    Some(set)
}

impl<'a> Gathered<'a> {
    /// Gathers the caller's side.
    pub fn of(caller: &'a Caller, snapshot: &'a Snapshot) -> Self {
        let managed = |id: &UniqueId| managed(snapshot, *id);
        let mut policies = List::new();
        let mut boundary = None;
        let together = match &caller.holder {
            Holder::Nobody | Holder::Root => None,
            Holder::User(user) => {
                policies.extend(user.inline());
                policies.extend(user.record.attached.iter().map(managed));
                boundary = user.record.boundary.as_ref().map(managed);
                for id in &user.record.groups {
                    match snapshot.groups.get(*id) {
                        Some(group) => {
                            policies.extend(group.inline());
                            policies.extend(group.record.attached.iter().map(managed));
                        }
                        None => policies.push(missing()),
                    }
                }
                together(&policies, &user.together)
            }
            Holder::Role(role) => {
                policies.extend(role.inline());
                policies.extend(role.record.attached.iter().map(managed));
                boundary = role.record.boundary.as_ref().map(managed);
                together(&policies, &role.together)
            }
        };
        let session =
            caller.session.as_ref().filter(|session| session.claims.passed.has_policy()).map(|session| {
                let own = session.policy.iter().map(|document| ("session policy", document));
                own.chain(session.claims.passed.policy_ids.iter().map(managed)).collect()
            });
        let place = caller.account.and_then(|account| snapshot.accounts.place(account)).map(Arc::as_ref);
        Self { snapshot, caller, place, identity: policies, together, boundary, session }
    }

    /// Whether the account lets the caller change its own password.
    pub(crate) fn may_change_password(&self) -> bool {
        self.caller.own_user().is_some_and(|user| {
            let rules = self.snapshot.belongings.password_policy_of(user.record.account);
            rules.is_some_and(|rules| rules.users_may_change)
        })
    }

    /// AWS's own roles in an account are bound by no guardrail (Organizations User Guide, "Service control policies").
    pub(crate) fn is_service_linked(&self) -> bool {
        matches!(&self.caller.holder, Holder::Role(role) if role.is_service_linked())
    }

    /// The place of the caller's account in its organization.
    pub fn place(&self) -> Option<&'a Place> {
        self.place
    }

    /// The place of another account in its organization.
    pub fn place_of(&self, account: AccountId) -> Option<&'a Place> {
        self.snapshot.accounts.place(account).map(Arc::as_ref)
    }

    /// Asks `with` about the layers of one decision.
    pub fn with_layers<T>(&self, need: &Need, with: impl FnOnce(&Layers<'_>) -> T) -> T {
        let resource = match &need.guarding {
            Guarding::Nothing => ResourceLayer::None,
            Guarding::Bucket(bucket) => {
                bucket.policy_towards(self.caller.account).map_or(ResourceLayer::None, |document| {
                    ResourceLayer::Policy(Source::One(&bucket.arn, document))
                })
            }
            Guarding::Delegation(delegation) => {
                ResourceLayer::Policy(Source::One(&delegation.arn, &delegation.document))
            }
            Guarding::Trust(role) => ResourceLayer::Trust(Source::One(&role.arn, role.trust())),
            Guarding::NoTrust => ResourceLayer::TrustMissing,
        };
        let mut identity = match &self.together {
            None => sources(&self.identity),
            Some(set) => SmallVec::from_iter([Source::Set(set)]),
        };
        if OWN_PASSWORD_ACTIONS.contains(&need.action) && self.may_change_password() {
            identity.push(own_password());
        }
        let session = self.session.as_ref().map(sources);
        let bound = |place: Option<&'a Place>| place.filter(|_| !self.is_service_linked());
        let scps = bound(self.place).and_then(|place| place.scps.as_deref()).map(levels);
        let rcps =
            bound(self.place_of(need.real_account())).and_then(|place| place.rcps.as_deref()).map(levels);
        let scps = scps.as_ref().map(borrowed);
        let rcps = rcps.as_ref().map(borrowed);
        with(&Layers {
            revocations: &[],
            identity: &identity,
            boundary: self.boundary.map(|(name, document)| Source::One(name, document)),
            session: session.as_deref(),
            resource,
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
        })
    }
}
