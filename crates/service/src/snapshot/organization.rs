//! Accounts, and the organization that binds them: which policies of it have a say over an account, level by level.
//!
//! What an account inherits is put together when the organization changes, so that a request only looks it up:
//!
//! ```text
//! root ─ unit ─ unit ─ account        one level each; every level must allow, and a deny at any level wins
//! ```

use std::sync::Arc;

use imbl::OrdMap;
use portcullis_base::{AccountId, Arn};
use portcullis_policy::PolicyKind;
use portcullis_policy::serving::Compiled;
use portcullis_store::record::{
    AccountRecord, CreateAccountRecord, HandshakeRecord, MembershipRecord, OrganizationPolicyRecord,
    OrganizationRecord, UnitRecord,
};

use super::document::{bound, compiled};
pub use super::full_access::AWS_POLICIES;
use super::guardrail::{Levels, Place};

/// AWS's name for service control policies.
pub const SCP: &str = "SERVICE_CONTROL_POLICY";
/// AWS's name for resource control policies.
pub const RCP: &str = "RESOURCE_CONTROL_POLICY";
/// How many organizational units can lie within each other (Organizations User Guide, "Quotas").
pub const UNIT_DEPTH_MAX: usize = 5;

/// A policy of an organization.
pub struct OrganizationPolicy {
    /// As stored.
    pub record: OrganizationPolicyRecord,
    /// With the organization's id, or AWS's.
    pub arn: String,
    /// Whether it is AWS's own, which nobody changes.
    pub is_aws_managed: bool,
    /// Compiled; for types without a say in decisions, nothing.
    pub document: Option<Arc<Compiled>>,
}

/// Accounts and their organization.
#[derive(Clone, Default)]
pub struct Accounts {
    records: OrdMap<AccountId, Arc<AccountRecord>>,
    organization: Option<Arc<OrganizationRecord>>,
    delegation: Option<Arc<Delegation>>,
    units: OrdMap<String, Arc<UnitRecord>>,
    policies: OrdMap<String, Arc<OrganizationPolicy>>,
    requests: OrdMap<String, Arc<CreateAccountRecord>>,
    handshakes: OrdMap<String, Arc<HandshakeRecord>>,
    places: OrdMap<AccountId, Arc<Place>>,
    unsettled: Unsettled,
}

/// The organization's resource policy, compiled.
pub struct Delegation {
    /// `arn:aws:organizations::…:resourcepolicy/…`
    pub arn: String,
    /// Compiled.
    pub document: Arc<Compiled>,
}

/// Whose places are to be put together anew.
#[derive(Clone, Default)]
enum Unsettled {
    #[default]
    Nobody,
    These(Vec<AccountId>),
    Everybody,
}

impl Unsettled {
    fn add(&mut self, account: AccountId) {
        match self {
            Self::Nobody => *self = Self::These(vec![account]),
            Self::These(accounts) => accounts.push(account),
            Self::Everybody => {}
        }
    }
}

/// What a policy can be attached to.
#[derive(Clone)]
pub enum Node {
    /// The root.
    Root(Arc<OrganizationRecord>),
    /// A unit.
    Unit(Arc<UnitRecord>),
    /// An account of the organization.
    Account(Arc<AccountRecord>),
}

impl Node {
    /// What is attached to it.
    pub fn attached(&self) -> &[String] {
        match self {
            Self::Root(organization) => &organization.attached,
            Self::Unit(unit) => &unit.attached,
            Self::Account(account) => {
                account.membership.as_ref().map_or(&[], |membership| &membership.attached)
            }
        }
    }

    /// Its id.
    pub fn id(&self) -> String {
        match self {
            Self::Root(organization) => organization.root_id.clone(),
            Self::Unit(unit) => unit.id.clone(),
            Self::Account(account) => account.id.to_string(),
        }
    }

    /// The unit or root above it.
    pub fn parent(&self) -> Option<&str> {
        match self {
            Self::Root(_) => None,
            Self::Unit(unit) => Some(&unit.parent),
            Self::Account(account) => {
                account.membership.as_ref().map(|membership| membership.parent.as_str())
            }
        }
    }
}

impl Accounts {
    /// The organization.
    pub fn organization(&self) -> Option<&Arc<OrganizationRecord>> {
        self.organization.as_ref()
    }

    /// The organization that an account is in.
    pub fn organization_of(&self, account: AccountId) -> Option<&Arc<OrganizationRecord>> {
        self.organization().filter(|_| self.place(account).is_some())
    }

    /// The organization's resource policy.
    pub fn delegation(&self) -> Option<&Arc<Delegation>> {
        self.delegation.as_ref()
    }

    /// An account's record.
    pub fn get(&self, id: AccountId) -> Option<&Arc<AccountRecord>> {
        self.records.get(&id)
    }

    /// All accounts, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Arc<AccountRecord>> {
        self.records.values()
    }

    /// The accounts of the organization.
    pub fn members(&self) -> impl Iterator<Item = (&Arc<AccountRecord>, &MembershipRecord)> {
        self.all().filter_map(|account| account.membership.as_ref().map(|membership| (account, membership)))
    }

    /// A unit.
    pub fn unit(&self, id: &str) -> Option<&Arc<UnitRecord>> {
        self.units.get(id)
    }

    /// All units, in the order of their ids.
    pub fn units(&self) -> impl Iterator<Item = &Arc<UnitRecord>> {
        self.units.values()
    }

    /// A policy, AWS's own among them.
    pub fn policy(&self, id: &str) -> Option<&Arc<OrganizationPolicy>> {
        self.policies.get(id)
    }

    /// All policies, in the order of their ids.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<OrganizationPolicy>> {
        self.policies.values()
    }

    /// What came of a request to make an account.
    pub fn request(&self, id: &str) -> Option<&Arc<CreateAccountRecord>> {
        self.requests.get(id)
    }

    /// All requests to make accounts.
    pub fn requests(&self) -> impl Iterator<Item = &Arc<CreateAccountRecord>> {
        self.requests.values()
    }

    /// An invitation.
    pub fn handshake(&self, id: &str) -> Option<&Arc<HandshakeRecord>> {
        self.handshakes.get(id)
    }

    /// All invitations.
    pub fn handshakes(&self) -> impl Iterator<Item = &Arc<HandshakeRecord>> {
        self.handshakes.values()
    }

    /// What an account inherits; nothing outside the organization.
    pub fn place(&self, account: AccountId) -> Option<&Arc<Place>> {
        self.places.get(&account)
    }

    /// The root, unit or account of this id.
    pub fn node(&self, id: &str) -> Option<Node> {
        let organization = self.organization.as_ref()?;
        if organization.root_id == id {
            return Some(Node::Root(Arc::clone(organization)));
        }
        if let Some(unit) = self.units.get(id) {
            return Some(Node::Unit(Arc::clone(unit)));
        }
        let account = self.records.get(&id.parse::<AccountId>().ok()?)?;
        account.membership.as_ref().map(|_| Node::Account(Arc::clone(account)))
    }

    /// From the root down to this node.
    pub fn line(&self, id: &str) -> Vec<Node> {
        let mut line = Vec::new();
        let mut next = self.node(id);
        // The bound holds even if the records were made to go round in a circle.
        while let Some(node) = next.filter(|_| line.len() <= UNIT_DEPTH_MAX + 2) {
            next = node.parent().and_then(|parent| self.node(parent));
            line.push(node);
        }
        line.reverse();
        line
    }

    /// Every node to which a policy is attached.
    pub fn targets(&self, policy: &str) -> Vec<Node> {
        let holds = |attached: &[String]| attached.iter().any(|held| held == policy);
        let root = self.organization.iter().filter(|root| holds(&root.attached)).map(Arc::clone);
        let units = self.units().filter(|unit| holds(&unit.attached)).map(Arc::clone);
        let members = self.members().filter(|(_, membership)| holds(&membership.attached));
        let accounts = members.map(|(account, _)| Arc::clone(account));
        root.map(Node::Root).chain(units.map(Node::Unit)).chain(accounts.map(Node::Account)).collect()
    }
}

impl Accounts {
    pub(super) fn put_account(&mut self, record: AccountRecord) {
        self.unsettled.add(record.id);
        self.records.insert(record.id, Arc::new(record));
    }

    pub(super) fn delete_account(&mut self, id: AccountId) {
        self.unsettled.add(id);
        self.records.remove(&id);
    }

    pub(super) fn put_organization(&mut self, record: OrganizationRecord) {
        self.unsettled = Unsettled::Everybody;
        self.delegation = record.resource_policy.as_ref().map(|held| {
            let path = format!("resourcepolicy/{}/{}", record.id, held.id);
            let document = bound(&held.document, PolicyKind::Resource);
            Arc::new(Delegation { arn: arn(record.management, &path), document })
        });
        self.organization = Some(Arc::new(record));
    }

    pub(super) fn delete_organization(&mut self) {
        self.unsettled = Unsettled::Everybody;
        self.organization = None;
        self.delegation = None;
    }

    pub(super) fn put_unit(&mut self, record: UnitRecord) {
        self.unsettled = Unsettled::Everybody;
        self.units.insert(record.id.clone(), Arc::new(record));
    }

    pub(super) fn delete_unit(&mut self, id: &str) {
        self.unsettled = Unsettled::Everybody;
        self.units.remove(id);
    }

    pub(super) fn put_policy(&mut self, record: OrganizationPolicyRecord) {
        self.unsettled = Unsettled::Everybody;
        let document = match record.kind.as_str() {
            SCP => Some(compiled(&record.text, PolicyKind::Scp)),
            RCP => Some(compiled(&record.text, PolicyKind::Rcp)),
            _ => None,
        };
        // Its ARN follows when the organization is known.
        let policy = OrganizationPolicy { arn: String::new(), is_aws_managed: false, document, record };
        self.policies.insert(policy.record.id.clone(), Arc::new(policy));
    }

    pub(super) fn delete_policy(&mut self, id: &str) {
        self.unsettled = Unsettled::Everybody;
        self.policies.remove(id);
    }

    pub(super) fn put_request(&mut self, record: CreateAccountRecord) {
        self.requests.insert(record.id.clone(), Arc::new(record));
    }

    pub(super) fn delete_request(&mut self, id: &str) {
        self.requests.remove(id);
    }

    pub(super) fn put_handshake(&mut self, record: HandshakeRecord) {
        self.handshakes.insert(record.id.clone(), Arc::new(record));
    }

    pub(super) fn delete_handshake(&mut self, id: &str) {
        self.handshakes.remove(id);
    }

    /// Puts together what every account inherits, after something of it changed.
    pub(super) fn settle(&mut self) {
        let accounts = match std::mem::take(&mut self.unsettled) {
            Unsettled::Nobody => return,
            Unsettled::These(accounts) => accounts,
            Unsettled::Everybody => {
                self.places = OrdMap::default();
                self.records.keys().copied().collect()
            }
        };
        let Some(organization) = self.organization.clone() else {
            self.places = OrdMap::default();
            for id in AWS_POLICIES.iter().map(|policy| policy.id) {
                self.policies.remove(id);
            }
            return;
        };
        self.name_policies(&organization);
        let mut places = self.places.clone();
        let mut levels = Levels::of(self);
        for id in accounts {
            let membership = self.records.get(&id).and_then(|record| record.membership.as_ref());
            match membership {
                Some(membership) => {
                    places.insert(id, Arc::new(levels.place(&organization, id, membership)));
                }
                None => {
                    places.remove(&id);
                }
            }
        }
        self.places = places;
    }

    fn name_policies(&mut self, organization: &OrganizationRecord) {
        let own: Vec<_> = self.policies.values().filter(|policy| policy.arn.is_empty()).cloned().collect();
        for policy in own {
            let kind = policy.record.kind.to_ascii_lowercase();
            let path = format!("policy/{}/{kind}/{}", organization.id, policy.record.id);
            let named = OrganizationPolicy {
                arn: arn(organization.management, &path),
                record: policy.record.clone(),
                is_aws_managed: false,
                document: policy.document.clone(),
            };
            self.policies.insert(named.record.id.clone(), Arc::new(named));
        }
        for policy in &AWS_POLICIES {
            if !self.policies.contains_key(policy.id) {
                self.policies.insert(policy.id.to_owned(), Arc::new(policy.made()));
            }
        }
    }
}

/// `arn:aws:organizations::ACCOUNT:PATH`
pub fn arn(management: AccountId, path: &str) -> String {
    Arn::new("organizations", "", &management.to_string(), path).to_string()
}

#[cfg(test)]
mod tests;
