//! A change while it is being drafted.

use portcullis_base::Timestamp;
use portcullis_policy::Finding;
use portcullis_store::record::{
    AccessKeyRecord, AccountRecord, AccountSettingsRecord, AssignmentRecord, BucketRecord,
    CreateAccountRecord, DirectoryGroupRecord, DirectoryMembershipRecord, DirectoryUserRecord, EpochRecord,
    GroupRecord, HandshakeRecord, InstanceProfileRecord, InstanceRecord, LoginProfileRecord, MfaDeviceRecord,
    OidcProviderRecord, OrganizationPolicyRecord, OrganizationRecord, PermissionSetRecord, PolicyRecord,
    PortalSessionRecord, ProvisionedRecord, RevocationRecord, RoleRecord, SamlProviderRecord, SessionRecord,
    SignInRecord, SshKeyRecord, SsoRequestRecord, UnitRecord, UserRecord,
};
use portcullis_store::{Guard, Key, Revision, Transaction, codec, key};

/// What a handler wants written. It becomes one transaction together with the guard on the policies it was decided
/// under and the event that records it.
#[derive(Default, Clone)]
pub struct Draft {
    transaction: Transaction,
    /// What is odd about a document that was saved; goes into the reply's header and the event.
    pub findings: Vec<Finding>,
}

impl Draft {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a record. What was drafted last for a key is what happens.
    pub fn put(&mut self, key: Key, value: Vec<u8>) {
        self.forget(&key);
        self.transaction.puts.push((key, value));
    }

    /// Writes many records, each under a key of its own that nothing else was drafted for, in a transaction that may
    /// be as large as a whole account.
    pub fn put_all(&mut self, records: Vec<(Key, Vec<u8>)>) {
        self.transaction.is_bulk = true;
        self.transaction.puts.extend(records);
    }

    /// Deletes many records that nothing else was drafted for, in a transaction that may be as large.
    pub fn delete_all(&mut self, keys: Vec<Key>) {
        self.transaction.is_bulk = true;
        self.transaction.deletes.extend(keys);
    }

    /// Deletes a record; nothing happens if it is not there.
    pub fn delete(&mut self, key: Key) {
        self.forget(&key);
        self.transaction.deletes.push(key);
    }

    fn forget(&mut self, key: &Key) {
        self.transaction.puts.retain(|(held, _)| held != key);
        self.transaction.deletes.retain(|held| held != key);
    }

    /// What is written and what is deleted, for a look at what comes of it.
    pub fn records(&self) -> (Vec<(Key, Vec<u8>)>, Vec<Key>) {
        (self.transaction.puts.clone(), self.transaction.deletes.clone())
    }

    /// Takes another draft in, which was made on what this one leaves.
    pub fn absorb(&mut self, later: Self) {
        for (key, value) in later.transaction.puts {
            self.put(key, value);
        }
        for key in later.transaction.deletes {
            self.delete(key);
        }
        self.transaction.guards.extend(later.transaction.guards);
        // One act may close thousands of doors.
        self.transaction.is_bulk = true;
        self.findings.extend(later.findings);
    }

    /// Makes the change depend on something.
    pub fn guard(&mut self, guard: Guard) {
        self.transaction.guards.push(guard);
    }

    /// Writes a user.
    pub fn put_user(&mut self, record: &UserRecord) {
        self.put(Key::user(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes a role.
    pub fn put_role(&mut self, record: &RoleRecord) {
        self.put(Key::role(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes a group.
    pub fn put_group(&mut self, record: &GroupRecord) {
        self.put(Key::group(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes a managed policy.
    pub fn put_policy(&mut self, record: &PolicyRecord) {
        self.put(Key::policy(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes an access key.
    pub fn put_access_key(&mut self, record: &AccessKeyRecord) {
        self.put(Key::access_key(&record.id), codec::to_bytes(record));
    }

    /// Writes an instance profile.
    pub fn put_instance_profile(&mut self, record: &InstanceProfileRecord) {
        self.put(Key::instance_profile(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes a user's password.
    pub fn put_login_profile(&mut self, record: &LoginProfileRecord) {
        self.put(Key::login_profile(record.account, record.user), codec::to_bytes(record));
    }

    /// Writes an SSH public key.
    pub fn put_ssh_key(&mut self, record: &SshKeyRecord) {
        self.put(Key::ssh_key(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes the settings of an account.
    pub fn put_account_settings(&mut self, record: &AccountSettingsRecord) {
        self.put(Key::account_settings(record.account), codec::to_bytes(record));
    }

    /// Writes a bucket.
    pub fn put_bucket(&mut self, record: &BucketRecord) {
        self.put(Key::bucket(&record.name), codec::to_bytes(record));
    }

    /// Writes an account.
    pub fn put_account(&mut self, record: &AccountRecord) {
        self.put(Key::account(record.id), codec::to_bytes(record));
    }

    /// Writes the organization.
    pub fn put_organization(&mut self, record: &OrganizationRecord) {
        self.put(Key::organization(), codec::to_bytes(record));
    }

    /// Writes an organizational unit.
    pub fn put_unit(&mut self, record: &UnitRecord) {
        self.put(Key::unit(&record.id), codec::to_bytes(record));
    }

    /// Writes a policy of the organization.
    pub fn put_organization_policy(&mut self, record: &OrganizationPolicyRecord) {
        self.put(Key::organization_policy(&record.id), codec::to_bytes(record));
    }

    /// Writes what came of a request to make an account.
    pub fn put_create_account(&mut self, record: &CreateAccountRecord) {
        self.put(Key::create_account(&record.id), codec::to_bytes(record));
    }

    /// Writes an invitation.
    pub fn put_handshake(&mut self, record: &HandshakeRecord) {
        self.put(Key::handshake(&record.id), codec::to_bytes(record));
    }

    /// Writes an MFA device.
    pub fn put_mfa_device(&mut self, record: &MfaDeviceRecord) {
        self.put(Key::mfa_device(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes an OpenID Connect provider.
    pub fn put_oidc_provider(&mut self, record: &OidcProviderRecord) {
        self.put(Key::oidc_provider(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes a SAML provider.
    pub fn put_saml_provider(&mut self, record: &SamlProviderRecord) {
        self.put(Key::saml_provider(record.account, record.id), codec::to_bytes(record));
    }

    /// Writes a user of the identity store.
    pub fn put_directory_user(&mut self, record: &DirectoryUserRecord) {
        self.put(Key::directory_user(&record.id), codec::to_bytes(record));
    }

    /// Writes a group of the identity store.
    pub fn put_directory_group(&mut self, record: &DirectoryGroupRecord) {
        self.put(Key::directory_group(&record.id), codec::to_bytes(record));
    }

    /// Writes a user's being in a group of the identity store.
    pub fn put_directory_membership(&mut self, record: &DirectoryMembershipRecord) {
        self.put(Key::directory_membership(&record.id), codec::to_bytes(record));
    }

    /// Writes the instance of Identity Center.
    pub fn put_instance(&mut self, record: &InstanceRecord) {
        self.put(Key::instance(), codec::to_bytes(record));
    }

    /// Writes a permission set.
    pub fn put_permission_set(&mut self, record: &PermissionSetRecord) {
        self.put(Key::permission_set(&record.id), codec::to_bytes(record));
    }

    /// Writes that somebody has a permission set in an account.
    pub fn put_assignment(&mut self, record: &AssignmentRecord) {
        let key = Key::assignment(record.account, &record.set, &record.assignee);
        self.put(key, codec::to_bytes(record));
    }

    /// Writes what a user of the identity store signs in with.
    pub fn put_sign_in(&mut self, record: &SignInRecord) {
        self.put(Key::sign_in(&record.user), codec::to_bytes(record));
    }

    /// Writes a sign-in session of the access portal.
    pub fn put_portal_session(&mut self, record: &PortalSessionRecord) {
        self.put(Key::portal_session(&record.id), codec::to_bytes(record));
    }

    /// Writes a request about assignments or provisioning.
    pub fn put_sso_request(&mut self, record: &SsoRequestRecord) {
        self.put(Key::sso_request(&record.id), codec::to_bytes(record));
    }

    /// Writes which role was made of a permission set in an account.
    pub fn put_provisioned(&mut self, record: &ProvisionedRecord) {
        self.put(Key::provisioned(record.account, &record.set), codec::to_bytes(record));
    }

    /// Writes a session, and the same in the order of ends.
    pub fn put_session(&mut self, record: &SessionRecord) {
        self.put(Key::session(&record.access_key_id), codec::to_bytes(record));
        self.put(Key::session_end(record.expires, &record.access_key_id), Vec::new());
    }

    /// Writes a revocation, and the same in the order of ends.
    pub fn put_revocation(&mut self, record: &RevocationRecord) {
        let key = Key::revocation(&record.target, record.number);
        if let Some(until) = record.until {
            self.put(Key::revocation_end(until, &key), Vec::new());
        }
        self.put(key, codec::to_bytes(record));
    }

    /// Takes a revocation away.
    pub fn delete_revocation(&mut self, record: &RevocationRecord, key: Key) {
        if let Some(until) = record.until {
            self.delete(Key::revocation_end(until, &key));
        }
        self.delete(key);
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.transaction.puts.is_empty() && self.transaction.deletes.is_empty()
    }

    /// Whether it changes what decisions read.
    pub fn touches_decisions(&self) -> bool {
        let puts = self.transaction.puts.iter().map(|(key, _)| key);
        puts.chain(&self.transaction.deletes).any(|key| key.0.starts_with(key::IDENTITY.as_bytes()))
    }

    /// Whether it changes what this node keeps in memory, so that the reply waits until it has been taken over there.
    pub fn is_followed(&self) -> bool {
        self.touches_decisions() || self.transaction.puts.iter().any(|(key, _)| *key == Key::key_ring())
    }

    /// The transaction: guarded by the policies' revision, which it moves on if it changes what decisions read.
    pub fn into_transaction(self, epoch: Revision, now: Timestamp) -> Transaction {
        let moves_epoch = self.touches_decisions();
        let mut transaction = self.transaction;
        transaction.guards.push(Guard::At(Key::epoch(), epoch));
        if moves_epoch {
            transaction.puts.push((Key::epoch(), codec::to_bytes(&EpochRecord { at: now })));
        }
        transaction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drafted_last_for_a_key_is_what_happens() {
        let key = || Key::text("i/user/1/2");
        let mut draft = Draft::new();
        draft.put(key(), b"one".to_vec());
        draft.put(key(), b"two".to_vec());
        draft.delete(key());
        draft.delete(key());
        let transaction = draft.clone().into_transaction(Revision::ZERO, Timestamp::EPOCH);
        assert_eq!(transaction.deletes, [key()]);
        assert!(!transaction.puts.iter().any(|(held, _)| *held == key()));
        draft.put(key(), b"three".to_vec());
        let transaction = draft.into_transaction(Revision::ZERO, Timestamp::EPOCH);
        assert!(transaction.deletes.is_empty() && transaction.puts.contains(&(key(), b"three".to_vec())));
    }

    #[test]
    fn only_what_decisions_read_moves_the_epoch_and_everything_depends_on_it() {
        let epoch = Guard::At(Key::epoch(), Revision(7));
        for (key, moves, is_followed) in [
            (Key::text("i/role/1/2"), true, true),
            (Key::bucket("b"), true, true),
            (Key::key_ring(), false, true),
            (Key::text("s/ASIA"), false, false),
            (Key::object("b", "i/user/"), false, false),
        ] {
            for is_deletion in [false, true] {
                let mut draft = Draft::new();
                if is_deletion {
                    draft.delete(key.clone());
                } else {
                    draft.put(key.clone(), Vec::new());
                }
                assert_eq!(
                    draft.is_followed(),
                    is_followed && !(is_deletion && key == Key::key_ring()),
                    "{key:?}"
                );
                let transaction = draft.into_transaction(Revision(7), Timestamp::EPOCH);
                assert_eq!(transaction.guards, std::slice::from_ref(&epoch));
                assert_eq!(transaction.puts.iter().any(|(held, _)| *held == Key::epoch()), moves, "{key:?}");
            }
        }
    }
}
