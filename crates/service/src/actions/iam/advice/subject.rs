//! What advice is about: a user, a group, a role or a managed policy, the entities behind it and the services that its
//! policies allow.

use std::sync::Arc;

use portcullis_base::{AccountId, Arn, UniqueId};
use portcullis_policy::{Document, PolicyKind, Statement, parse, service_name, service_prefixes};

use super::super::identity::{self, Attached, Identity, text_of};
use super::super::target::{self, Target};
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::snapshot::{ManagedPolicy, Role, Snapshot, Usage, User};

/// The input member that names it.
const MEMBER: &str = "Arn";

/// What advice is about.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// A user, group or role.
    Identity(Identity<'a>),
    /// A managed policy.
    Policy(&'a Arc<ManagedPolicy>),
}

/// A user or role whose uses count.
pub struct Entity {
    /// Its unique id.
    pub id: UniqueId,
    /// With the path.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// `USER` or `ROLE`.
    pub kind: &'static str,
}

impl Entity {
    fn user(user: &User) -> Self {
        Self::of(user, "USER")
    }

    fn role(role: &Role) -> Self {
        Self::of(role, "ROLE")
    }

    fn of<T: Target>(entity: &T, kind: &'static str) -> Self {
        let (arn, name, path) = (entity.arn().to_owned(), entity.name().to_owned(), entity.path().to_owned());
        Self { id: entity.id(), arn, name, path, kind }
    }
}

fn is_policy(arn: &str) -> bool {
    arn.parse::<Arn>().is_ok_and(|arn| arn.service() == "iam" && arn.resource_after("policy/").is_some())
}

impl<'a> Subject<'a> {
    /// The subject that the input names.
    ///
    /// # Errors
    /// `InvalidInput`, `NoSuchEntity`.
    pub fn of(ask: &Ask<'a>) -> Result<Self, ApiError> {
        let arn = ask.text(MEMBER)?;
        if !is_policy(arn) {
            return Identity::of(ask, MEMBER).map(Self::Identity);
        }
        let found = ManagedPolicy::lookup(ask.snapshot, ask.account(), arn);
        found.map(Self::Policy).ok_or_else(|| ManagedPolicy::absent(arn))
    }

    /// The users and roles of an account behind it, in the order of their ARNs.
    pub fn entities(&self, snapshot: &Snapshot, account: AccountId) -> Vec<Entity> {
        let mut entities = match self {
            Self::Identity(Identity::User(user)) => vec![Entity::user(user)],
            Self::Identity(Identity::Role(role)) => vec![Entity::role(role)],
            Self::Identity(Identity::Group(group)) => members(snapshot, group.record.id),
            Self::Policy(policy) => holders(snapshot, account, policy.record.id),
        };
        entities.sort_by(|one, other| one.arn.cmp(&other.arn));
        entities.dedup_by(|one, other| one.arn == other.arn);
        entities
    }

    /// What its policies grant.
    pub fn grants(&self, snapshot: &'a Snapshot) -> Grants<'a> {
        match self {
            Self::Identity(identity) => Grants::of(identity.policies(snapshot)),
            Self::Policy(policy) => Grants::of(vec![Attached::Managed(policy)]),
        }
    }
}

fn members(snapshot: &Snapshot, group: UniqueId) -> Vec<Entity> {
    snapshot.members_of(group).map(|user| Entity::user(user)).collect()
}

/// Who has a policy attached, members of groups that have it included.
fn holders(snapshot: &Snapshot, account: AccountId, policy: UniqueId) -> Vec<Entity> {
    let attached = snapshot.usages_of(account, policy).filter(|(usage, _)| *usage == Usage::Permissions);
    let mut found = Vec::new();
    for (_, id) in attached {
        if let Some(user) = snapshot.users.get(id) {
            found.push(Entity::user(user));
        } else if let Some(role) = snapshot.roles.get(id) {
            found.push(Entity::role(role));
        } else {
            found.extend(members(snapshot, id));
        }
    }
    found
}

/// Policies with what they grant. One that cannot be read grants nothing.
pub struct Grants<'a>(Vec<(Attached<'a>, Document)>);

impl<'a> Grants<'a> {
    fn of(policies: Vec<Attached<'a>>) -> Self {
        let read = |policy: Attached<'a>| {
            let text = match &policy {
                Attached::Inline { text, .. } => text,
                Attached::Managed(policy) => text_of(policy),
            };
            let document = parse(text, PolicyKind::Identity).ok()?.document;
            Some((policy, document))
        };
        Self(policies.into_iter().filter_map(read).collect())
    }

    /// The policies that grant a service; none where a policy takes the whole of it away.
    pub fn granting(&self, prefix: &str) -> Vec<&Attached<'a>> {
        if self.0.iter().any(|(_, document)| document.bars_service(prefix)) {
            return Vec::new();
        }
        let granting = self.0.iter().filter(|(_, document)| document.grants_service(prefix));
        granting.map(|(policy, _)| policy).collect()
    }

    /// The services that are granted, in order: those that are known, and others that a policy names.
    pub fn services(&self) -> Vec<String> {
        let named = self.0.iter().flat_map(|(_, document)| document.statements());
        let named = named.flat_map(Statement::action_patterns).filter_map(|action| {
            let (prefix, _) = action.split_once(':')?;
            let is_plain = prefix.chars().all(|letter| letter.is_alphanumeric() || "-_".contains(letter));
            (is_plain && !prefix.is_empty()).then(|| prefix.to_ascii_lowercase())
        });
        let all: std::collections::BTreeSet<String> =
            service_prefixes().map(str::to_owned).chain(named).collect();
        all.into_iter().filter(|prefix| !self.granting(prefix).is_empty()).collect()
    }
}

/// Whether there is a service of this prefix.
pub fn is_known(prefix: &str) -> bool {
    service_name(prefix) != prefix
}

/// The answer where there is none.
pub fn no_such_service(prefix: &str) -> ApiError {
    ApiError::invalid_input(format!("Invalid service namespace: {prefix}."))
}

/// The permission on what the input names.
///
/// # Errors
/// `InvalidInput` when it can name nothing.
pub fn need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    let arn = ask.text(MEMBER)?;
    if !is_policy(arn) {
        return identity::need(ask, action, MEMBER);
    }
    match ManagedPolicy::lookup(ask.snapshot, ask.account(), arn) {
        Some(policy) => Ok(target::need_of(ask, action, policy.as_ref())),
        None => {
            ManagedPolicy::imagined(ask.account(), arn).map(|(arn, account)| Need::new(action, arn, account))
        }
    }
}

/// What the event of a request about it names.
pub fn concerned(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    match ask.input.text(MEMBER).filter(|arn| is_policy(arn)) {
        Some(arn) => vec![(ManagedPolicy::KIND, arn.to_owned())],
        None => identity::concerned(ask, MEMBER),
    }
}
