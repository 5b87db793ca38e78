//! From one snapshot to the next.

use std::sync::Arc;

use portcullis_base::{AccessKeyId, AccountId, UniqueId};
use portcullis_store::record::{
    AccessKeyRecord, AccountRecord, BucketRecord, CreateAccountRecord, EndedRecord, HandshakeRecord,
    MfaDeviceRecord, OidcProviderRecord, OrganizationPolicyRecord, SamlProviderRecord, UnitRecord,
};
use portcullis_store::{Change, Key, MasterKey, Revision, codec, key};

use super::entity::{AccessKey, Bucket, Group, MfaDevice, OidcProvider, Role, SamlProvider, User};
use super::ready::Ready;
use super::{Snapshot, Usage, owner_id};

/// A record that a snapshot needs cannot be read. The node must not go on: what it cannot read could be a deny.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the record {key} cannot be read: {reason}")]
pub struct Unreadable {
    /// Where it stands.
    pub key: String,
    /// Why not.
    pub reason: String,
}

impl Unreadable {
    pub(super) fn unknown(key: &Key) -> Self {
        Self::at(key, "a kind of record that this version does not know")
    }

    fn at(key: &Key, reason: &(impl ToString + ?Sized)) -> Self {
        Self { key: format!("{key:?}"), reason: reason.to_string() }
    }
}

/// The last part of a key of ours, which is an id or a name.
pub(crate) fn last_part(key: &Key) -> &str {
    std::str::from_utf8(&key.0).unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

pub(super) fn id_of(key: &Key) -> Result<UniqueId, Unreadable> {
    last_part(key).parse().map_err(|error| Unreadable::at(key, &error))
}

pub(super) fn read<T: for<'b> codec::Decode<'b>>(key: &Key, value: &[u8]) -> Result<T, Unreadable> {
    codec::from_bytes(value).map_err(|error| Unreadable::at(key, &error))
}

/// A record that stands where another belongs was put there by nobody of ours.
pub(super) fn is_place(key: &Key, place: &Key) -> Result<(), Unreadable> {
    if key == place { Ok(()) } else { Err(Unreadable::at(key, &"it belongs elsewhere")) }
}

impl Snapshot {
    /// The snapshot after a change. Records outside `i/` only move the revision on.
    ///
    /// # Errors
    /// [`Unreadable`] when a record of the change cannot be read; the old snapshot stands.
    pub fn apply(&self, change: &Change, master: &MasterKey) -> Result<Self, Unreadable> {
        let mut next = self.clone();
        next.revision = change.revision;
        let epoch = Key::epoch();
        for (key, value) in &change.puts {
            if *key == epoch {
                next.epoch = change.revision;
            } else if key.0.starts_with(key::IDENTITY.as_bytes()) {
                next.put(key, value, change.revision, master)?;
            }
        }
        for key in &change.deletes {
            if key.0.starts_with(key::IDENTITY.as_bytes()) {
                next.delete(key)?;
            }
        }
        next.settle();
        Ok(next)
    }

    /// Puts one record in, which was written at this revision. After the last one comes [`Snapshot::settle`].
    ///
    /// # Errors
    /// [`Unreadable`] when it cannot be read.
    pub fn put(
        &mut self,
        key: &Key,
        value: &[u8],
        at: Revision,
        master: &MasterKey,
    ) -> Result<(), Unreadable> {
        match family(key) {
            key::USERS | key::ROLES | key::GROUPS | key::POLICIES => {
                let ready = Ready::of(key, value)?;
                ready.compile();
                self.take(ready);
            }
            key::ACCESS_KEYS => {
                let record: AccessKeyRecord = read(key, value)?;
                is_place(key, &Key::access_key(&record.id))?;
                let secret = master
                    .open(&key.0, &record.sealed_secret)
                    .map_err(|error| Unreadable::at(key, &error))?;
                self.put_access_key(AccessKey {
                    id: record.id,
                    account: record.account,
                    owner: record.owner,
                    secret,
                    is_active: record.is_active,
                    created: record.created,
                });
            }
            key::BUCKETS => {
                let record: BucketRecord = read(key, value)?;
                is_place(key, &Key::bucket(&record.name))?;
                self.buckets.insert(record.name.clone(), Bucket::new(record));
            }
            key::MFA_DEVICES => {
                let record: MfaDeviceRecord = read(key, value)?;
                is_place(key, &Key::mfa_device(record.account, record.id))?;
                let seed =
                    master.open(&key.0, &record.sealed_seed).map_err(|error| Unreadable::at(key, &error))?;
                self.put_mfa_device(MfaDevice::new(record, seed));
            }
            key::OIDC_PROVIDERS => {
                let record: OidcProviderRecord = read(key, value)?;
                is_place(key, &Key::oidc_provider(record.account, record.id))?;
                self.oidc_providers.insert(OidcProvider::new(record));
            }
            key::SAML_PROVIDERS => {
                let record: SamlProviderRecord = read(key, value)?;
                is_place(key, &Key::saml_provider(record.account, record.id))?;
                self.saml_providers.insert(SamlProvider::new(record));
            }
            key::CUT_SESSIONS | key::REVOCATIONS => self.revocations.put(key, value, at)?,
            key::ENDED => {
                let record: EndedRecord = read(key, value)?;
                is_place(key, &Key::ended())?;
                self.ended = record.marks.into();
            }
            _ => return self.put_of_organization(key, value),
        }
        Ok(())
    }

    /// Accounts and what belongs to the organization.
    fn put_of_organization(&mut self, key: &Key, value: &[u8]) -> Result<(), Unreadable> {
        let accounts = &mut self.accounts;
        match family(key) {
            key::ACCOUNTS => {
                let record: AccountRecord = read(key, value)?;
                is_place(key, &Key::account(record.id))?;
                accounts.put_account(record);
            }
            key::ORGANIZATION => {
                is_place(key, &Key::organization())?;
                accounts.put_organization(read(key, value)?);
            }
            key::UNITS => {
                let record: UnitRecord = read(key, value)?;
                is_place(key, &Key::unit(&record.id))?;
                accounts.put_unit(record);
            }
            key::ORGANIZATION_POLICIES => {
                let record: OrganizationPolicyRecord = read(key, value)?;
                is_place(key, &Key::organization_policy(&record.id))?;
                accounts.put_policy(record);
            }
            key::CREATE_ACCOUNTS => {
                let record: CreateAccountRecord = read(key, value)?;
                is_place(key, &Key::create_account(&record.id))?;
                accounts.put_request(record);
            }
            key::HANDSHAKES => {
                let record: HandshakeRecord = read(key, value)?;
                is_place(key, &Key::handshake(&record.id))?;
                accounts.put_handshake(record);
            }
            family if self.directory.put(family, key, value)? => {}
            family if self.identity_center.put(family, key, value)? => {}
            family if self.sign_ins.put(family, key, value)? => {}
            family => self.belongings.put(family, key, value)?,
        }
        Ok(())
    }

    /// Puts together what depends on several records.
    pub fn settle(&mut self) {
        self.accounts.settle();
    }

    fn delete(&mut self, key: &Key) -> Result<(), Unreadable> {
        match family(key) {
            key::USERS => {
                if let Some(old) = self.users.remove(id_of(key)?) {
                    self.forget_user(&old);
                }
            }
            key::ROLES => {
                if let Some(old) = self.roles.remove(id_of(key)?) {
                    self.forget_usages(
                        old.record.account,
                        old.record.id,
                        &old.record.attached,
                        old.record.boundary,
                    );
                }
            }
            key::GROUPS => {
                if let Some(old) = self.groups.remove(id_of(key)?) {
                    self.forget_usages(old.record.account, old.record.id, &old.record.attached, None);
                }
            }
            key::POLICIES => {
                self.policies.remove(id_of(key)?);
            }
            key::ACCESS_KEYS => {
                let id = last_part(key).parse().map_err(|error| Unreadable::at(key, &error))?;
                self.forget_access_key(&id);
                self.keys.remove(&id);
            }
            key::BUCKETS => {
                self.buckets.remove(last_part(key));
            }
            key::ACCOUNTS => {
                let id = last_part(key).parse().map_err(|error| Unreadable::at(key, &error))?;
                self.accounts.delete_account(id);
            }
            key::ORGANIZATION => self.accounts.delete_organization(),
            key::UNITS => self.accounts.delete_unit(last_part(key)),
            key::ORGANIZATION_POLICIES => self.accounts.delete_policy(last_part(key)),
            key::CREATE_ACCOUNTS => self.accounts.delete_request(last_part(key)),
            key::HANDSHAKES => self.accounts.delete_handshake(last_part(key)),
            key::MFA_DEVICES => {
                let id = id_of(key)?;
                self.forget_mfa_device(id);
                self.mfa_devices.remove(id);
            }
            key::OIDC_PROVIDERS => {
                self.oidc_providers.remove(id_of(key)?);
            }
            key::SAML_PROVIDERS => {
                self.saml_providers.remove(id_of(key)?);
            }
            family @ (key::CUT_SESSIONS | key::REVOCATIONS) => self.revocations.delete(family, key)?,
            family if self.directory.delete(family, key) || self.identity_center.delete(family, key) => {}
            family if self.sign_ins.delete(family, key) => {}
            family => self.belongings.delete(family, key)?,
        }
        Ok(())
    }

    /// Puts in what was made ready.
    pub fn take(&mut self, ready: Ready) {
        match ready {
            Ready::User(user) => self.put_user(user),
            Ready::Role(role) => self.put_role(role),
            Ready::Group(group) => self.put_group(group),
            Ready::Policy(policy) => self.policies.insert(policy),
        }
    }

    fn put_user(&mut self, user: Arc<User>) {
        let record = &user.record;
        if let Some(old) = self.users.get(record.id).map(Arc::clone) {
            self.forget_user(&old);
        }
        self.note_usages(record.account, record.id, &record.attached, record.boundary);
        for group in &record.groups {
            self.members.insert((*group, record.id));
        }
        self.users.insert(user);
    }

    fn forget_user(&mut self, old: &User) {
        self.forget_usages(old.record.account, old.record.id, &old.record.attached, old.record.boundary);
        for group in &old.record.groups {
            self.members.remove(&(*group, old.record.id));
        }
    }

    fn put_role(&mut self, role: Arc<Role>) {
        let record = &role.record;
        if let Some(old) = self.roles.get(record.id).map(Arc::clone) {
            self.forget_usages(old.record.account, record.id, &old.record.attached, old.record.boundary);
        }
        self.note_usages(record.account, record.id, &record.attached, record.boundary);
        self.roles.insert(role);
    }

    fn put_group(&mut self, group: Arc<Group>) {
        let record = &group.record;
        if let Some(old) = self.groups.get(record.id).map(Arc::clone) {
            self.forget_usages(old.record.account, record.id, &old.record.attached, None);
        }
        self.note_usages(record.account, record.id, &record.attached, None);
        self.groups.insert(group);
    }

    fn put_access_key(&mut self, key: AccessKey) {
        self.forget_access_key(&key.id);
        self.keys_of.insert((key.account, owner_id(key.owner), key.id.clone()));
        self.keys.insert(key.id.clone(), Arc::new(key));
    }

    fn forget_access_key(&mut self, id: &AccessKeyId) {
        if let Some(old) = self.keys.get(id) {
            self.keys_of.remove(&(old.account, owner_id(old.owner), id.clone()));
        }
    }

    fn put_mfa_device(&mut self, device: Arc<MfaDevice>) {
        self.forget_mfa_device(device.record.id);
        if let Some(owner) = device.owner() {
            self.mfa_of.insert((device.record.account, owner_id(owner), device.record.id));
        }
        self.mfa_devices.insert(device);
    }

    fn forget_mfa_device(&mut self, id: UniqueId) {
        if let Some(old) = self.mfa_devices.get(id)
            && let Some(owner) = old.owner()
        {
            self.mfa_of.remove(&(old.record.account, owner_id(owner), id));
        }
    }

    fn note_usages(
        &mut self,
        account: AccountId,
        holder: UniqueId,
        attached: &[UniqueId],
        boundary: Option<UniqueId>,
    ) {
        for policy in attached {
            self.usages.insert((account, *policy, Usage::Permissions, holder));
        }
        if let Some(policy) = boundary {
            self.usages.insert((account, policy, Usage::Boundary, holder));
        }
    }

    fn forget_usages(
        &mut self,
        account: AccountId,
        holder: UniqueId,
        attached: &[UniqueId],
        boundary: Option<UniqueId>,
    ) {
        for policy in attached {
            self.usages.remove(&(account, *policy, Usage::Permissions, holder));
        }
        if let Some(policy) = boundary {
            self.usages.remove(&(account, policy, Usage::Boundary, holder));
        }
    }
}

/// Which family of records a key belongs to: its first two parts.
pub(crate) fn family(key: &Key) -> &str {
    let text = std::str::from_utf8(&key.0).unwrap_or_default();
    let end = text.match_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
    text.get(..end).unwrap_or_default()
}
