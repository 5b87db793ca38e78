//! What an IAM request is about: a user, role, group, managed policy or instance profile, found by the name or ARN in the input.
//!
//! The permission is asked on the target's ARN as it is stored, or on the ARN it would have if there were one, and
//! never on the caller's. A refusal names the target as the request did: the stored ARN, with its path and case, would
//! tell that there is one. The event has it.

use std::sync::Arc;

use portcullis_base::{AccountId, Arn, Tags, UniqueId};
use portcullis_store::record::{GroupRecord, InstanceProfileRecord, PolicyRecord, RoleRecord, UserRecord};

use crate::action::{Ask, Need};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::snapshot::{Entity, Group, InstanceProfile, ManagedPolicy, Role, Snapshot, Table, User, iam_arn};

/// A kind of entity that requests are about.
pub trait Target: Entity + Sized {
    /// What the store keeps of it.
    type Record: Clone;
    /// `user`: in ARNs.
    const WORD: &'static str;
    /// `User`: in messages.
    const TITLE: &'static str;
    /// The input member that names it.
    const MEMBER: &'static str;
    /// Its type in events.
    const KIND: &'static str;
    /// Its quota in an account: our name for it, and AWS's.
    const QUOTA: (&'static str, &'static str);

    /// All of its kind.
    fn table(snapshot: &Snapshot) -> &Table<Self>;
    /// With the path.
    fn arn(&self) -> &str;
    /// `/` or `/a/b/`.
    fn path(&self) -> &str;
    /// As stored.
    fn record(&self) -> &Self::Record;
    /// Drafts its new state.
    fn put(draft: &mut Draft, record: &Self::Record);

    /// Its tags, for kinds that have any.
    fn tags(&self) -> Option<&Tags> {
        None
    }

    /// The policy that bounds it, for kinds that can have one.
    fn boundary(&self) -> Option<UniqueId> {
        None
    }

    /// Whether its tags are also found under `iam:ResourceTag`, as those of users and roles are.
    const HAS_IAM_TAGS: bool = true;

    /// Refuses changes to what AWS keeps to itself.
    ///
    /// # Errors
    /// `UnmodifiableEntity`.
    fn modifiable(&self) -> Result<(), ApiError> {
        Ok(())
    }

    /// Refuses tags for what AWS keeps to itself: a role's are its sessions', and policies go by them.
    ///
    /// # Errors
    /// `UnmodifiableEntity`.
    fn taggable(&self) -> Result<(), ApiError> {
        Ok(())
    }

    /// The one that the input's text names.
    fn lookup<'a>(snapshot: &'a Snapshot, account: AccountId, text: &str) -> Option<&'a Arc<Self>> {
        Self::table(snapshot).named(account, text)
    }

    /// The ARN that it would have if it existed, and whose it would be.
    ///
    /// # Errors
    /// `InvalidInput` when the text can name none.
    fn imagined(account: AccountId, text: &str) -> Result<(String, AccountId), ApiError> {
        Ok((iam_arn(account, Self::WORD, "/", text), account))
    }

    /// The answer when there is none.
    fn absent(text: &str) -> ApiError {
        ApiError::no_such_entity(format!("The {} with name {text} cannot be found.", Self::WORD))
    }

    /// The answer when the name is taken.
    fn taken(name: &str) -> ApiError {
        ApiError::already_exists(format!("{} with name {name} already exists.", Self::TITLE))
    }
}

/// The entity that the input names.
///
/// # Errors
/// `NoSuchEntity`.
pub fn find<'a, T: Target + 'a>(ask: &Ask<'a>) -> Result<&'a Arc<T>, ApiError> {
    let text = ask.text(T::MEMBER)?;
    T::lookup(ask.snapshot, ask.account(), text).ok_or_else(|| T::absent(text))
}

/// The same, if it is the account's own. AWS's policies can be seen from every account and changed from none.
///
/// # Errors
/// `NoSuchEntity`, `AccessDenied`.
pub fn find_own<'a, T: Target + 'a>(ask: &Ask<'a>) -> Result<&'a Arc<T>, ApiError> {
    let found = find::<T>(ask)?;
    if found.account() != ask.account() {
        let message = format!("The {} {} is managed by AWS and cannot be changed.", T::WORD, found.arn());
        return Err(ApiError::access_denied(ask.family, message));
    }
    Ok(found)
}

/// The same for a change that AWS's own entities are kept from.
///
/// # Errors
/// `NoSuchEntity`, `AccessDenied`, `UnmodifiableEntity`.
pub fn find_modifiable<'a, T: Target + 'a>(ask: &Ask<'a>) -> Result<&'a Arc<T>, ApiError> {
    let found = find_own::<T>(ask)?;
    found.modifiable()?;
    Ok(found)
}

/// The permission on the entity that the input names.
///
/// # Errors
/// When the input can name none.
pub fn need<T: Target>(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    let text = ask.text(T::MEMBER)?;
    let need = if let Some(found) = T::lookup(ask.snapshot, ask.account(), text) {
        need_of(ask, action, found.as_ref())
    } else {
        let (arn, account) = T::imagined(ask.account(), text)?;
        Need::new(action, arn, account)
    };
    Ok(need.told(format!("{} {text}", T::WORD)))
}

/// The permission on an entity that the caller's account has. AWS's policies are part of each account: what its own
/// policies allow is enough.
pub fn need_of<T: Target>(ask: &Ask<'_>, action: &'static str, entity: &T) -> Need {
    let mut need = need_on(action, entity);
    if need.account == AccountId::AWS {
        need.account = ask.account();
    }
    need
}

/// The permission on an entity, with its tags as condition keys.
pub fn need_on<T: Target>(action: &'static str, entity: &T) -> Need {
    let mut need = Need::new(action, entity.arn(), entity.account());
    for tag in entity.tags().into_iter().flatten() {
        need = need.key(format!("aws:ResourceTag/{}", tag.key), tag.value.as_str());
        if T::HAS_IAM_TAGS {
            need = need.key(format!("iam:ResourceTag/{}", tag.key), tag.value.as_str());
        }
    }
    need
}

/// What the event of a request about it names.
pub fn concerned<T: Target>(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let Some(text) = ask.input.text(T::MEMBER) else { return Vec::new() };
    let arn = match T::lookup(ask.snapshot, ask.account(), text) {
        Some(found) => Some(found.arn().to_owned()),
        None => T::imagined(ask.account(), text).ok().map(|(arn, _)| arn),
    };
    arn.map(|arn| (T::KIND, arn)).into_iter().collect()
}

/// The ARN that an entity of this kind would have whose ARN is in the input, and whose it would be.
///
/// # Errors
/// `InvalidInput` when the text is no ARN of this kind.
pub fn imagined_arn(account: AccountId, text: &str, kind: &str) -> Result<(String, AccountId), ApiError> {
    let arn =
        text.parse::<Arn>().ok().filter(|arn| arn.service() == "iam" && arn.resource_after(kind).is_some());
    let arn = arn.ok_or_else(|| ApiError::invalid_input(format!("Invalid ARN: {text}")))?;
    Ok((text.to_owned(), arn.account_id().unwrap_or(account)))
}

macro_rules! stored {
    ($record:ty, $($table:ident).+, $put:ident) => {
        type Record = $record;

        fn table(snapshot: &Snapshot) -> &Table<Self> {
            &snapshot.$($table).+
        }
        fn arn(&self) -> &str {
            &self.arn
        }
        fn record(&self) -> &$record {
            &self.record
        }
        fn put(draft: &mut Draft, record: &$record) {
            draft.$put(record);
        }
    };
}
pub(super) use stored;

/// What kinds have in common that are named by ARNs without a path, and have tags.
macro_rules! named_by_arn {
    () => {
        fn path(&self) -> &'static str {
            "/"
        }

        fn tags(&self) -> Option<&Tags> {
            Some(&self.record.tags)
        }

        fn lookup<'a>(snapshot: &'a Snapshot, account: AccountId, text: &str) -> Option<&'a Arc<Self>> {
            let arn: Arn = text.parse().ok()?;
            let name = arn.resource_after(&format!("{}/", Self::WORD))?;
            Self::table(snapshot).named(account, name).filter(|found| found.arn == text)
        }

        fn imagined(account: AccountId, text: &str) -> Result<(String, AccountId), ApiError> {
            target::imagined_arn(account, text, &format!("{}/", Self::WORD))
        }
    };
}
pub(super) use named_by_arn;

impl Target for User {
    stored!(UserRecord, users, put_user);
    const WORD: &'static str = "user";
    const TITLE: &'static str = "User";
    const MEMBER: &'static str = "UserName";
    const KIND: &'static str = "AWS::IAM::User";
    const QUOTA: (&'static str, &'static str) = ("users", "UsersPerAccount");

    fn path(&self) -> &str {
        &self.record.path
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.record.tags)
    }

    fn boundary(&self) -> Option<UniqueId> {
        self.record.boundary
    }
}

/// Paths below which only AWS itself makes and changes roles.
pub const RESERVED_PATHS: [&str; 2] = ["/aws-reserved/", "/aws-service-role/"];

impl Target for Role {
    stored!(RoleRecord, roles, put_role);
    const WORD: &'static str = "role";
    const TITLE: &'static str = "Role";
    const MEMBER: &'static str = "RoleName";
    const KIND: &'static str = "AWS::IAM::Role";
    const QUOTA: (&'static str, &'static str) = ("roles", "RolesPerAccount");

    fn path(&self) -> &str {
        &self.record.path
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.record.tags)
    }

    fn boundary(&self) -> Option<UniqueId> {
        self.record.boundary
    }

    fn modifiable(&self) -> Result<(), ApiError> {
        if RESERVED_PATHS.iter().any(|path| self.record.path.starts_with(path)) {
            let message = format!(
                "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
                self.record.name
            );
            return Err(ApiError::caller("UnmodifiableEntity", 400, message));
        }
        Ok(())
    }

    fn taggable(&self) -> Result<(), ApiError> {
        super::service_linked::describable(self)
    }
}

impl Target for Group {
    stored!(GroupRecord, groups, put_group);
    const WORD: &'static str = "group";
    const TITLE: &'static str = "Group";
    const MEMBER: &'static str = "GroupName";
    const KIND: &'static str = "AWS::IAM::Group";
    const QUOTA: (&'static str, &'static str) = ("groups", "GroupsPerAccount");

    fn path(&self) -> &str {
        &self.record.path
    }
}

impl Target for InstanceProfile {
    stored!(InstanceProfileRecord, belongings.instance_profiles, put_instance_profile);
    const WORD: &'static str = "instance-profile";
    const TITLE: &'static str = "Instance Profile";
    const MEMBER: &'static str = "InstanceProfileName";
    const KIND: &'static str = "AWS::IAM::InstanceProfile";
    const QUOTA: (&'static str, &'static str) = ("instance-profiles", "InstanceProfilesPerAccount");
    const HAS_IAM_TAGS: bool = false;

    fn path(&self) -> &str {
        &self.record.path
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.record.tags)
    }

    fn absent(text: &str) -> ApiError {
        ApiError::no_such_entity(format!("Instance Profile {text} cannot be found."))
    }

    fn taken(name: &str) -> ApiError {
        ApiError::already_exists(format!("Instance Profile {name} already exists."))
    }
}

impl Target for ManagedPolicy {
    stored!(PolicyRecord, policies, put_policy);
    const WORD: &'static str = "policy";
    const TITLE: &'static str = "Policy";
    const MEMBER: &'static str = "PolicyArn";
    const KIND: &'static str = "AWS::IAM::Policy";
    const QUOTA: (&'static str, &'static str) = ("policies", "PoliciesPerAccount");
    const HAS_IAM_TAGS: bool = false;

    fn path(&self) -> &str {
        &self.record.path
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.record.tags)
    }

    fn lookup<'a>(snapshot: &'a Snapshot, account: AccountId, text: &str) -> Option<&'a Arc<Self>> {
        snapshot.policy_for(account, text)
    }

    fn imagined(account: AccountId, text: &str) -> Result<(String, AccountId), ApiError> {
        let arn: Arn =
            text.parse().map_err(|_| ApiError::invalid_input(format!("ARN {text} is not valid.")))?;
        // Policies of AWS's own belong to nobody: their account part is `aws`.
        Ok((text.to_owned(), arn.account_id().unwrap_or(account)))
    }

    fn absent(text: &str) -> ApiError {
        ApiError::no_such_entity(format!("Policy {text} was not found."))
    }

    fn taken(name: &str) -> ApiError {
        ApiError::already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        ))
    }
}
