//! What belongs to accounts, users and roles and is neither a principal nor a policy. It lies in the snapshot because
//! writes are planned on it, and because the settings of an account have a say in what its users may do.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, OrdSet};
use portcullis_base::{AccountId, UniqueId, UniqueIdKind, unique_id};
use portcullis_store::record::{
    AccountSettingsRecord, InstanceProfileRecord, LoginProfileRecord, PasswordPolicyRecord, SshKeyRecord,
};
use portcullis_store::{Key, key};

use super::apply::{Unreadable, id_of, is_place, last_part, read};
use super::{InstanceProfile, Table};

/// Passwords, SSH keys, instance profiles and account settings.
#[derive(Clone, Default)]
pub struct Belongings {
    /// Instance profiles.
    pub instance_profiles: Table<InstanceProfile>,
    // Role and profile.
    profiles_of: OrdSet<(UniqueId, UniqueId)>,
    logins: HashMap<UniqueId, Arc<LoginProfileRecord>>,
    ssh_keys: HashMap<UniqueId, Arc<SshKeyRecord>>,
    // User and key.
    ssh_keys_of: OrdSet<(UniqueId, UniqueId)>,
    settings: HashMap<AccountId, Arc<AccountSettingsRecord>>,
    aliases: HashMap<String, AccountId>,
}

/// What an index of pairs has for an owner, in order.
fn owned(
    index: &OrdSet<(UniqueId, UniqueId)>,
    owner: UniqueId,
    kind: UniqueIdKind,
) -> impl Iterator<Item = UniqueId> {
    let (least, most) = unique_id::bounds(kind);
    index.range((Bound::Included((owner, least)), Bound::Included((owner, most)))).map(|(_, id)| *id)
}

impl Belongings {
    /// The instance profiles that a role is in.
    pub fn profiles_of(&self, role: UniqueId) -> impl Iterator<Item = &Arc<InstanceProfile>> {
        owned(&self.profiles_of, role, UniqueIdKind::InstanceProfile)
            .filter_map(|id| self.instance_profiles.get(id))
    }

    /// A user's password.
    pub fn login_of(&self, user: UniqueId) -> Option<&Arc<LoginProfileRecord>> {
        self.logins.get(&user)
    }

    /// An SSH public key.
    pub fn ssh_key(&self, id: UniqueId) -> Option<&Arc<SshKeyRecord>> {
        self.ssh_keys.get(&id)
    }

    /// A user's SSH public keys, in the order of their ids.
    pub fn ssh_keys_of(&self, user: UniqueId) -> impl Iterator<Item = &Arc<SshKeyRecord>> {
        owned(&self.ssh_keys_of, user, UniqueIdKind::PublicKey).filter_map(|id| self.ssh_keys.get(&id))
    }

    /// What is set for an account; nothing if nobody has set anything.
    pub fn settings_of(&self, account: AccountId) -> Option<&Arc<AccountSettingsRecord>> {
        self.settings.get(&account)
    }

    /// The rules for an account's passwords, if they were set.
    pub fn password_policy_of(&self, account: AccountId) -> Option<&PasswordPolicyRecord> {
        self.settings_of(account)?.password_policy.as_ref()
    }

    /// The account that has this alias.
    pub fn aliased(&self, alias: &str) -> Option<AccountId> {
        self.aliases.get(alias).copied()
    }

    /// Puts one record in.
    ///
    /// # Errors
    /// [`Unreadable`] when it cannot be read or is of no family known here.
    pub(super) fn put(&mut self, family: &str, key: &Key, value: &[u8]) -> Result<(), Unreadable> {
        match family {
            key::INSTANCE_PROFILES => {
                let record: InstanceProfileRecord = read(key, value)?;
                is_place(key, &Key::instance_profile(record.account, record.id))?;
                self.put_instance_profile(record);
            }
            key::LOGIN_PROFILES => {
                let record: LoginProfileRecord = read(key, value)?;
                is_place(key, &Key::login_profile(record.account, record.user))?;
                self.logins.insert(record.user, Arc::new(record));
            }
            key::SSH_KEYS => {
                let record: SshKeyRecord = read(key, value)?;
                is_place(key, &Key::ssh_key(record.account, record.id))?;
                self.forget_ssh_key(record.id);
                self.ssh_keys_of.insert((record.user, record.id));
                self.ssh_keys.insert(record.id, Arc::new(record));
            }
            key::ACCOUNT_SETTINGS => {
                let record: AccountSettingsRecord = read(key, value)?;
                is_place(key, &Key::account_settings(record.account))?;
                self.forget_alias(record.account);
                if let Some(alias) = &record.alias {
                    self.aliases.insert(alias.clone(), record.account);
                }
                self.settings.insert(record.account, Arc::new(record));
            }
            _ => return Err(Unreadable::unknown(key)),
        }
        Ok(())
    }

    /// Takes one record out.
    ///
    /// # Errors
    /// [`Unreadable`] when the key is of no family known here.
    pub(super) fn delete(&mut self, family: &str, key: &Key) -> Result<(), Unreadable> {
        match family {
            key::INSTANCE_PROFILES => {
                if let Some(old) = self.instance_profiles.remove(id_of(key)?) {
                    self.forget_role(&old);
                }
            }
            key::LOGIN_PROFILES => {
                self.logins.remove(&id_of(key)?);
            }
            key::SSH_KEYS => {
                let id = id_of(key)?;
                self.forget_ssh_key(id);
                self.ssh_keys.remove(&id);
            }
            key::ACCOUNT_SETTINGS => {
                let account = last_part(key).parse().map_err(|_| Unreadable::unknown(key))?;
                self.forget_alias(account);
                self.settings.remove(&account);
            }
            _ => return Err(Unreadable::unknown(key)),
        }
        Ok(())
    }

    fn put_instance_profile(&mut self, record: InstanceProfileRecord) {
        if let Some(old) = self.instance_profiles.get(record.id).map(Arc::clone) {
            self.forget_role(&old);
        }
        if let Some(role) = record.role {
            self.profiles_of.insert((role, record.id));
        }
        self.instance_profiles.insert(InstanceProfile::new(record));
    }

    fn forget_role(&mut self, old: &InstanceProfile) {
        if let Some(role) = old.record.role {
            self.profiles_of.remove(&(role, old.record.id));
        }
    }

    fn forget_ssh_key(&mut self, id: UniqueId) {
        if let Some(old) = self.ssh_keys.get(&id) {
            self.ssh_keys_of.remove(&(old.user, id));
        }
    }

    /// Takes an account's alias away, unless another account has it already.
    fn forget_alias(&mut self, account: AccountId) {
        let alias = self.settings.get(&account).and_then(|settings| settings.alias.clone());
        if let Some(alias) = alias.filter(|alias| self.aliases.get(alias) == Some(&account)) {
            self.aliases.remove(&alias);
        }
    }
}

#[cfg(test)]
mod tests;
