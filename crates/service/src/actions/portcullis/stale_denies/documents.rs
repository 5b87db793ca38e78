//! Every stored document that may deny something to sessions, with whom it can reach.

use std::sync::Arc;

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::{Document, PolicyKind};
use portcullis_store::record::{DocumentRecord, InlinePolicyRecord};

use crate::snapshot::organization::{OrganizationPolicy, SCP};
use crate::snapshot::{Bucket, Group, ManagedPolicy, Role, Snapshot, User};

/// What no document without it can do. (Written otherwise, by escapes, it is not found, and the document not shown.)
const DENY: &str = "Deny";

/// Where a document stands.
pub enum Kind<'a> {
    /// Inline in a user, under a name.
    User(&'a Arc<User>, &'a str),
    /// Inline in a role.
    Role(&'a Arc<Role>, &'a str),
    /// Inline in a group.
    Group(&'a Arc<Group>, &'a str),
    /// A customer's managed policy.
    Managed(&'a Arc<ManagedPolicy>),
    /// A bucket's.
    Bucket(&'a Arc<Bucket>),
    /// Who may assume a role.
    Trust(&'a Arc<Role>),
    /// A service control policy.
    Scp(&'a Arc<OrganizationPolicy>),
}

/// Whom a document can reach.
#[derive(Default)]
pub struct Scope {
    /// Sessions that act in this account alone.
    pub account: Option<AccountId>,
    /// Sessions with the permissions of this role or user alone.
    pub holder: Option<UniqueId>,
}

/// A document.
pub struct Held<'a> {
    /// Where it stands.
    pub kind: Kind<'a>,
    /// As it is shown.
    pub text: String,
    /// Whom it can reach.
    pub scope: Scope,
    grammar: PolicyKind,
    record: Option<&'a DocumentRecord>,
}

impl Kind<'_> {
    /// In one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::User(..) => "user-policy",
            Self::Role(..) => "role-policy",
            Self::Group(..) => "group-policy",
            Self::Managed(_) => "managed-policy",
            Self::Bucket(_) => "bucket-policy",
            Self::Trust(_) => "trust-policy",
            Self::Scp(_) => "service-control-policy",
        }
    }
}

impl Held<'_> {
    /// Its place in the list, the same as long as it is there.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.kind.name(), self.arn(), self.name().unwrap_or_default())
    }

    /// What it belongs to, or itself.
    pub fn arn(&self) -> &str {
        match &self.kind {
            Kind::User(user, _) => &user.arn,
            Kind::Role(role, _) | Kind::Trust(role) => &role.arn,
            Kind::Group(group, _) => &group.arn,
            Kind::Managed(policy) => &policy.arn,
            Kind::Bucket(bucket) => &bucket.arn,
            Kind::Scp(policy) => &policy.arn,
        }
    }

    /// The name it has there.
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::User(_, name) | Kind::Role(_, name) | Kind::Group(_, name) => Some(name),
            Kind::Managed(policy) => Some(&policy.record.name),
            Kind::Scp(policy) => Some(&policy.record.name),
            Kind::Bucket(_) | Kind::Trust(_) => None,
        }
    }

    /// Whose it is; what belongs to the organization is nobody's.
    pub fn account(&self) -> Option<AccountId> {
        match &self.kind {
            Kind::User(user, _) => Some(user.record.account),
            Kind::Role(role, _) | Kind::Trust(role) => Some(role.record.account),
            Kind::Group(group, _) => Some(group.record.account),
            Kind::Managed(policy) => Some(policy.record.account),
            Kind::Bucket(bucket) => Some(bucket.record.account),
            Kind::Scp(_) => None,
        }
    }

    /// As decisions read it. One that cannot be read denies everything, and that is not for here.
    pub fn parsed(&self) -> Option<Document> {
        let stored = self.record.map_or(self.text.as_str(), |record| record.text.as_str());
        let mut document = portcullis_policy::parse(stored, self.grammar).ok()?.document;
        let principals = self.record.map(|record| &record.principals[..]).unwrap_or_default();
        let ids: Vec<_> = principals.iter().map(|held| (held.arn.clone(), held.id)).collect();
        document.settle(&ids);
        Some(document)
    }
}

/// Those of an account, or of all accounts with the organization's, in the order of their keys from behind this one on.
pub fn all<'a>(snapshot: &'a Snapshot, only: Option<AccountId>, after: Option<&str>) -> Vec<Held<'a>> {
    let further = snapshot.accounts.all().map(|record| record.id);
    let further = further.filter(|account| *account != snapshot.account);
    let accounts = further.chain([snapshot.account]);
    let accounts: Vec<AccountId> = only.map_or_else(|| accounts.collect(), |account| vec![account]);
    let mut found: Vec<Held<'_>> = Vec::new();
    for account in accounts {
        of_account(snapshot, account, &mut found);
    }
    let buckets = snapshot.buckets_after("");
    let buckets = buckets.filter(|bucket| only.is_none_or(|account| account == bucket.record.account));
    found.extend(buckets.filter_map(|bucket| {
        let record = bucket.record.policy.as_ref()?;
        resource(snapshot, Kind::Bucket(bucket), record, PolicyKind::Resource)
    }));
    if only.is_none() {
        let policies = snapshot.accounts.policies().filter(|policy| policy.record.kind == SCP);
        let policies = policies.filter(|policy| !policy.is_aws_managed && policy.record.text.contains(DENY));
        found.extend(policies.map(|policy| Held {
            kind: Kind::Scp(policy),
            text: policy.record.text.clone(),
            scope: Scope::default(),
            grammar: PolicyKind::Scp,
            record: None,
        }));
    }
    let mut keyed: Vec<(String, Held<'_>)> = found.into_iter().map(|held| (held.key(), held)).collect();
    keyed.retain(|(key, _)| after.is_none_or(|after| key.as_str() > after));
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    keyed.into_iter().map(|(_, held)| held).collect()
}

fn of_account<'a>(snapshot: &'a Snapshot, account: AccountId, found: &mut Vec<Held<'a>>) {
    for user in snapshot.users.list(account, None) {
        let of = |name| Kind::User(user, name);
        // A user's policies reach its federated users as well, which are sessions with its permissions.
        inline(&user.record.inline, account, Some(user.record.id), of, found);
    }
    for role in snapshot.roles.list(account, None) {
        inline(&role.record.inline, account, Some(role.record.id), |name| Kind::Role(role, name), found);
        found.extend(resource(snapshot, Kind::Trust(role), &role.record.trust, PolicyKind::Trust));
    }
    for group in snapshot.groups.list(account, None) {
        inline(&group.record.inline, account, None, |name| Kind::Group(group, name), found);
    }
    for policy in snapshot.policies.list(account, None) {
        let in_force = policy.record.default_version;
        let version = policy.record.versions.iter().find(|version| version.number == in_force);
        let Some(version) = version.filter(|version| version.text.contains(DENY)) else { continue };
        found.push(identity(Kind::Managed(policy), &version.text, account, None));
    }
}

fn inline<'a>(
    records: &'a [InlinePolicyRecord],
    account: AccountId,
    holder: Option<UniqueId>,
    kind: impl Fn(&'a str) -> Kind<'a>,
    found: &mut Vec<Held<'a>>,
) {
    let denying = records.iter().filter(|record| record.document.text.contains(DENY));
    found.extend(denying.map(|record| identity(kind(&record.name), &record.document.text, account, holder)));
}

fn identity<'a>(kind: Kind<'a>, text: &str, account: AccountId, holder: Option<UniqueId>) -> Held<'a> {
    Held {
        kind,
        text: text.to_owned(),
        scope: Scope { account: Some(account), holder },
        grammar: PolicyKind::Identity,
        record: None,
    }
}

/// A resource's policy reaches sessions of every account.
fn resource<'a>(
    snapshot: &Snapshot,
    kind: Kind<'a>,
    record: &'a DocumentRecord,
    grammar: PolicyKind,
) -> Option<Held<'a>> {
    record.text.contains(DENY).then(|| Held {
        kind,
        text: snapshot.shown(record),
        scope: Scope::default(),
        grammar,
        record: Some(record),
    })
}
