//! What an ARN in the input names: a user, a group or a role, with its policies as they are written.
//!
//! Simulation and access advice are asked about identities by ARN. The permission is asked on that ARN, as it is
//! stored where there is such an identity.

use std::sync::Arc;

use portcullis_base::{AccountId, Arn};

use super::target::{self, Target};
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::snapshot::{Group, ManagedPolicy, Role, Snapshot, User};

/// Something that policies are attached to.
#[derive(Clone, Copy)]
pub enum Identity<'a> {
    /// A user.
    User(&'a Arc<User>),
    /// A group.
    Group(&'a Arc<Group>),
    /// A role.
    Role(&'a Arc<Role>),
}

/// An ARN of a user, a group or a role, whether there is one or not.
pub struct Named<'t> {
    /// Whose it would be.
    pub account: AccountId,
    /// `user`, `group` or `role`.
    pub word: &'static str,
    /// Without the path.
    pub name: &'t str,
}

/// The kinds that an ARN can name.
const WORDS: [&str; 3] = [User::WORD, Group::WORD, Role::WORD];

impl<'t> Named<'t> {
    /// Reads the text.
    ///
    /// # Errors
    /// `InvalidInput` for what is no such ARN, those of sessions and of the root user included.
    pub fn read(text: &'t str) -> Result<Self, ApiError> {
        let named = || {
            let arn: Arn = text.parse().ok().filter(|arn: &Arn| arn.service() == "iam")?;
            let account = arn.account_id()?;
            let (kind, rest) = text.splitn(6, ':').nth(5)?.split_once('/')?;
            let word = WORDS.into_iter().find(|word| *word == kind)?;
            let name = rest.rsplit('/').next().filter(|name| !name.is_empty())?;
            Some(Self { account, word, name })
        };
        named().ok_or_else(|| {
            ApiError::invalid_input(format!(
                "Invalid Entity Arn: {text} does not clearly define entity type and name."
            ))
        })
    }

    /// The identity, if there is one with exactly this ARN.
    pub fn found<'a>(&self, snapshot: &'a Snapshot, arn: &str) -> Option<Identity<'a>> {
        let (account, name) = (self.account, self.name);
        let found = match self.word {
            User::WORD => Identity::User(snapshot.users.named(account, name)?),
            Group::WORD => Identity::Group(snapshot.groups.named(account, name)?),
            _ => Identity::Role(snapshot.roles.named(account, name)?),
        };
        (found.arn() == arn).then_some(found)
    }
}

impl<'a> Identity<'a> {
    /// With the path.
    pub fn arn(&self) -> &'a str {
        match self {
            Self::User(user) => &user.arn,
            Self::Group(group) => &group.arn,
            Self::Role(role) => &role.arn,
        }
    }

    /// Whose it is.
    pub fn account(&self) -> AccountId {
        match self {
            Self::User(user) => user.record.account,
            Self::Group(group) => group.record.account,
            Self::Role(role) => role.record.account,
        }
    }

    /// The identity that a member of the input names.
    ///
    /// # Errors
    /// `InvalidInput`, `NoSuchEntity`.
    pub fn of(ask: &Ask<'a>, member: &str) -> Result<Self, ApiError> {
        let arn = ask.text(member)?;
        let named = Named::read(arn)?;
        let found = named.found(ask.snapshot, arn).filter(|_| named.account == ask.account());
        found.ok_or_else(|| match named.word {
            User::WORD => User::absent(named.name),
            Group::WORD => Group::absent(named.name),
            _ => Role::absent(named.name),
        })
    }

    /// Every policy that grants it something, those of a user's groups included, in the order of a decision.
    pub fn policies(&self, snapshot: &'a Snapshot) -> Vec<Attached<'a>> {
        let mut found = Vec::new();
        match self {
            Self::User(user) => {
                add_inline(&mut found, User::WORD, &user.record.name, &user.record.inline);
                add_managed(&mut found, snapshot, &user.record.attached);
                let groups = user.record.groups.iter().filter_map(|id| snapshot.groups.get(*id));
                for group in groups {
                    found.extend(Identity::Group(group).policies(snapshot));
                }
            }
            Self::Group(group) => {
                add_inline(&mut found, Group::WORD, &group.record.name, &group.record.inline);
                add_managed(&mut found, snapshot, &group.record.attached);
            }
            Self::Role(role) => {
                add_inline(&mut found, Role::WORD, &role.record.name, &role.record.inline);
                add_managed(&mut found, snapshot, &role.record.attached);
            }
        }
        found
    }

    /// Whether everything that it refers to is there. A request of it is denied where something is not.
    pub fn is_whole(&self, snapshot: &Snapshot) -> bool {
        let (attached, boundary, groups) = match self {
            Self::User(user) => (&user.record.attached, user.record.boundary, user.record.groups.as_slice()),
            Self::Group(group) => (&group.record.attached, None, &[][..]),
            Self::Role(role) => (&role.record.attached, role.record.boundary, &[][..]),
        };
        attached.iter().chain(&boundary).all(|id| snapshot.policies.get(*id).is_some())
            && groups.iter().all(|id| {
                snapshot.groups.get(*id).is_some_and(|group| Identity::Group(group).is_whole(snapshot))
            })
    }

    /// The permissions boundary; a group has none.
    pub fn boundary(&self, snapshot: &'a Snapshot) -> Option<&'a Arc<ManagedPolicy>> {
        let id = match self {
            Self::User(user) => user.record.boundary,
            Self::Group(_) => None,
            Self::Role(role) => role.record.boundary,
        };
        snapshot.policies.get(id?)
    }
}

/// A policy as it is attached.
pub enum Attached<'a> {
    /// Inside its owner.
    Inline {
        /// `user`, `group` or `role`.
        word: &'static str,
        /// The owner's name.
        owner: &'a str,
        /// Its own.
        name: &'a str,
        /// The document.
        text: &'a str,
    },
    /// A managed policy.
    Managed(&'a Arc<ManagedPolicy>),
}

/// The document of a managed policy in force.
pub fn text_of(policy: &ManagedPolicy) -> &str {
    let record = &policy.record;
    let version = record.versions.iter().find(|version| version.number == record.default_version);
    version.map_or("", |version| &version.text)
}

fn add_inline<'a>(
    found: &mut Vec<Attached<'a>>,
    word: &'static str,
    owner: &'a str,
    records: &'a [portcullis_store::record::InlinePolicyRecord],
) {
    found.extend(records.iter().map(|record| Attached::Inline {
        word,
        owner,
        name: &record.name,
        text: &record.document.text,
    }));
}

fn add_managed<'a>(found: &mut Vec<Attached<'a>>, snapshot: &'a Snapshot, ids: &[portcullis_base::UniqueId]) {
    found.extend(ids.iter().filter_map(|id| snapshot.policies.get(*id)).map(Attached::Managed));
}

/// The permission on the identity that a member of the input names.
///
/// # Errors
/// `InvalidInput` when it can name none.
pub fn need(ask: &Ask<'_>, action: &'static str, member: &str) -> Result<Need, ApiError> {
    let arn = ask.text(member)?;
    let named = Named::read(arn)?;
    let need = match named.found(ask.snapshot, arn) {
        Some(Identity::User(user)) => target::need_on(action, user.as_ref()),
        Some(Identity::Group(group)) => target::need_on(action, group.as_ref()),
        Some(Identity::Role(role)) => target::need_on(action, role.as_ref()),
        None => Need::new(action, arn, named.account),
    };
    Ok(need)
}

/// What the event of a request about it names.
pub fn concerned(ask: &Ask<'_>, member: &str) -> Vec<(&'static str, String)> {
    let Some(arn) = ask.input.text(member) else { return Vec::new() };
    let kind = match Named::read(arn).map(|named| named.word) {
        Ok(User::WORD) => User::KIND,
        Ok(Group::WORD) => Group::KIND,
        Ok(_) => Role::KIND,
        Err(_) => return Vec::new(),
    };
    vec![(kind, arn.to_owned())]
}
