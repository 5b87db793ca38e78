//! Everything a decision reads, at one revision.
//!
//! A request takes hold of one snapshot and is decided on it alone. Changes make a new one by [`Snapshot::apply`], a
//! pure function that shares what did not change; the old one lives until its last reader is done.

mod apply;
mod aws_managed;
mod belongings;
mod directory;
pub mod document;
mod entity;
mod full_access;
pub mod guardrail;
mod identity_center;
pub mod organization;
mod principals;
mod ready;
pub(crate) mod revocation;
mod sign_ins;
mod table;

use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId};
use portcullis_store::Revision;
use portcullis_store::record::{AccessKeyOwner, EndedMark};

pub use apply::Unreadable;
pub(crate) use apply::{family, last_part};
pub use belongings::Belongings;
pub use directory::Directory;
pub use entity::{
    AccessKey, Bucket, Group, InstanceProfile, ManagedPolicy, MfaDevice, OidcProvider, Role,
    SERVICE_LINKED_PATH, SamlProvider, User, iam_arn,
};
pub use identity_center::IdentityCenter;
pub use organization::Accounts;
pub use ready::Ready;
pub use revocation::Revocations;
pub use sign_ins::SignIns;
pub use table::{Entity, Table};

/// What a managed policy is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// Attached to a user, role or group.
    Permissions,
    /// The permissions boundary of a user or role.
    Boundary,
}

/// Everything a decision reads, at one revision.
#[derive(Clone)]
pub struct Snapshot {
    /// The revision it stands at.
    pub revision: Revision,
    /// The revision of the last change that could change a decision.
    pub epoch: Revision,
    /// The deployment's own account, which manages the organization if there is one.
    pub account: AccountId,
    /// Further accounts, and the organization.
    pub accounts: Accounts,
    /// Users.
    pub users: Table<User>,
    /// Roles.
    pub roles: Table<Role>,
    /// Groups.
    pub groups: Table<Group>,
    /// Managed policies: customers', and under [`AccountId::AWS`] those of AWS.
    pub policies: Table<ManagedPolicy>,
    /// Virtual MFA devices.
    pub mfa_devices: Table<MfaDevice>,
    /// OpenID Connect providers.
    pub oidc_providers: Table<OidcProvider>,
    /// SAML providers.
    pub saml_providers: Table<SamlProvider>,
    // Which devices an owner has, as with keys.
    mfa_of: OrdSet<(AccountId, Option<UniqueId>, UniqueId)>,
    /// Passwords, SSH keys, instance profiles and account settings.
    pub belongings: Belongings,
    /// The identity store.
    pub directory: Directory,
    /// How people sign in, and where they are signed in.
    pub sign_ins: SignIns,
    /// Permission sets and their assignments.
    pub identity_center: IdentityCenter,
    /// Who is cut off.
    pub revocations: Revocations,
    ended: Arc<[EndedMark]>,
    keys: HashMap<AccessKeyId, Arc<AccessKey>>,
    // Which keys an owner has: `None` is the account's root.
    keys_of: OrdSet<(AccountId, Option<UniqueId>, AccessKeyId)>,
    members: OrdSet<(UniqueId, UniqueId)>,
    // AWS's policies are used in many accounts, each of which sees its own use of them.
    usages: OrdSet<(AccountId, UniqueId, Usage, UniqueId)>,
    buckets: OrdMap<String, Arc<Bucket>>,
}

/// The owner as the index of keys has it.
fn owner_id(owner: AccessKeyOwner) -> Option<UniqueId> {
    match owner {
        AccessKeyOwner::Root => None,
        AccessKeyOwner::User(id) => Some(id),
    }
}

impl Snapshot {
    /// An empty world.
    pub fn empty(account: AccountId) -> Self {
        Self {
            revision: Revision::ZERO,
            epoch: Revision::ZERO,
            account,
            accounts: Accounts::default(),
            users: Table::default(),
            roles: Table::default(),
            groups: Table::default(),
            policies: aws_managed::table(),
            mfa_devices: Table::default(),
            oidc_providers: Table::default(),
            saml_providers: Table::default(),
            mfa_of: OrdSet::default(),
            belongings: Belongings::default(),
            directory: Directory::default(),
            identity_center: IdentityCenter::default(),
            sign_ins: SignIns::default(),
            revocations: Revocations::default(),
            ended: Arc::from([]),
            keys: HashMap::default(),
            keys_of: OrdSet::default(),
            members: OrdSet::default(),
            usages: OrdSet::default(),
            buckets: OrdMap::default(),
        }
    }

    /// Whether an account exists here and is not closed.
    pub fn has_account(&self, account: AccountId) -> bool {
        account == self.account || self.accounts.get(account).is_some_and(|record| !record.is_closed)
    }

    /// What counts as ended for good.
    pub fn ended(&self) -> &[EndedMark] {
        &self.ended
    }

    /// Whether a session was found to have ended, by whatever clock: it does not come back when that is set back.
    pub fn has_ended(&self, issue_revision: u64, expires: Timestamp) -> bool {
        self.ended.iter().any(|mark| issue_revision < mark.revision && expires <= mark.at)
    }

    /// A long-term access key.
    pub fn access_key(&self, id: &AccessKeyId) -> Option<&Arc<AccessKey>> {
        self.keys.get(id)
    }

    /// The keys of a user, or of the root user.
    pub fn access_keys_of(&self, account: AccountId, user: Option<UniqueId>) -> Vec<&Arc<AccessKey>> {
        self.keys_of
            .range((Bound::Included((account, user, AccessKeyId::least())), Bound::Unbounded))
            .take_while(|(held, owner, _)| *held == account && *owner == user)
            .filter_map(|(_, _, id)| self.keys.get(id))
            .collect()
    }

    /// The MFA devices of a user, or of the root user.
    pub fn mfa_devices_of(&self, account: AccountId, user: Option<UniqueId>) -> Vec<&Arc<MfaDevice>> {
        let (least, most) = portcullis_base::unique_id::bounds(portcullis_base::UniqueIdKind::MfaDevice);
        self.mfa_of
            .range((Bound::Included((account, user, least)), Bound::Included((account, user, most))))
            .filter_map(|(_, _, id)| self.mfa_devices.get(*id))
            .collect()
    }

    /// An MFA device by its serial number.
    pub fn mfa_device(&self, serial: &str) -> Option<&Arc<MfaDevice>> {
        let (account, name) = iam_name(serial, "mfa/")?;
        self.mfa_devices.named(account, name).filter(|device| device.arn == serial)
    }

    /// The users of a group, in the order of their ids.
    pub fn members_of(&self, group: UniqueId) -> impl Iterator<Item = &Arc<User>> {
        let (least, most) = portcullis_base::unique_id::bounds(portcullis_base::UniqueIdKind::User);
        self.members
            .range((Bound::Included((group, least)), Bound::Included((group, most))))
            .filter_map(|(_, user)| self.users.get(*user))
    }

    /// Who in an account uses a managed policy: unique ids of users, roles and groups.
    pub fn usages_of(&self, account: AccountId, policy: UniqueId) -> impl Iterator<Item = (Usage, UniqueId)> {
        self.usages
            .range((
                Bound::Included((account, policy, Usage::Permissions, portcullis_base::unique_id::LEAST)),
                Bound::Included((account, policy, Usage::Boundary, portcullis_base::unique_id::MOST)),
            ))
            .map(|(_, _, usage, holder)| (*usage, *holder))
    }

    /// A bucket, by name.
    pub fn bucket(&self, name: &str) -> Option<&Arc<Bucket>> {
        self.buckets.get(name)
    }

    /// All buckets after a name, in the order of names.
    pub fn buckets_after(&self, after: &str) -> impl Iterator<Item = &Arc<Bucket>> {
        self.buckets
            .range::<_, String>((Bound::Excluded(after.to_owned()), Bound::Unbounded))
            .map(|(_, bucket)| bucket)
    }

    /// A managed policy by its ARN, which must be spelled as it is shown, if entities of this account can have it: it
    /// is the account's or one of AWS's.
    pub fn policy_for(&self, account: AccountId, arn: &str) -> Option<&Arc<ManagedPolicy>> {
        self.policy_by_arn(arn).filter(|policy| [account, AccountId::AWS].contains(&policy.record.account))
    }

    /// A managed policy by its ARN, which must be spelled as it is shown.
    pub fn policy_by_arn(&self, arn: &str) -> Option<&Arc<ManagedPolicy>> {
        let (account, name) = iam_name(arn, "policy/")?;
        self.policies.named(account, name).filter(|policy| *policy.arn == *arn)
    }

    /// A role by its ARN.
    pub fn role_by_arn(&self, arn: &str) -> Option<&Arc<Role>> {
        let (account, name) = iam_name(arn, "role/")?;
        self.roles.named(account, name).filter(|role| *role.arn == *arn)
    }

    /// A user by its ARN.
    pub fn user_by_arn(&self, arn: &str) -> Option<&Arc<User>> {
        let (account, name) = iam_name(arn, "user/")?;
        self.users.named(account, name).filter(|user| *user.arn == *arn)
    }
}

/// Account and name of an IAM ARN of this kind.
fn iam_name<'a>(arn: &'a str, kind: &str) -> Option<(AccountId, &'a str)> {
    let rest = arn.strip_prefix("arn:aws:iam::")?;
    let (account, resource) = rest.split_once(':')?;
    let name = resource.strip_prefix(kind)?;
    let account = if account == "aws" { AccountId::AWS } else { account.parse().ok()? };
    Some((account, name.rsplit('/').next().unwrap_or(name)))
}

#[cfg(test)]
mod tests;
