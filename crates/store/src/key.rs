//! Where each record stands: the layout of the key space.
//!
//! Keys are bytes in order. The first letter says what a record is for:
//!
//! | prefix | records | in the snapshot |
//! |---|---|---|
//! | `i/` | identities, policies, credentials, account settings, buckets: everything a decision reads | yes, all of it |
//! | `m/` | the deployment itself: its identity, the key ring | no |
//! | `o/`, `u/`, `q/` | objects, uploads, parts | no |
//! | `b/`, `g/` | which bytes on disk are referenced, and which no longer are | no |
//! | `s/`, `x/` | sessions, and the same by their end | no |
//! | `r/` | revocations by the instant at which they may retire | no |
//! | `c/` | receipts of revocations, and the same by their time, by their end and by their client's token | no |
//! | `f/` | which codes of MFA devices were used | no |
//! | `l/` | when users and roles were last used | no |
//! | `e/` | events on their way to the audit files | no |

use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId};

use crate::record::RevocationTarget;

mod center;

pub use center::*;

/// A key: bytes, compared as bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.0.escape_ascii())
    }
}

/// Everything that a decision reads lies under this prefix.
pub const IDENTITY: &str = "i/";
/// Users.
pub const USERS: &str = "i/user/";
/// Roles.
pub const ROLES: &str = "i/role/";
/// Groups.
pub const GROUPS: &str = "i/group/";
/// Managed policies.
pub const POLICIES: &str = "i/policy/";
/// Long-term access keys.
pub const ACCESS_KEYS: &str = "i/key/";
/// Instance profiles.
pub const INSTANCE_PROFILES: &str = "i/instance/";
/// Passwords of users.
pub const LOGIN_PROFILES: &str = "i/login/";
/// SSH public keys of users.
pub const SSH_KEYS: &str = "i/ssh/";
/// What is set for an account as a whole.
pub const ACCOUNT_SETTINGS: &str = "i/settings/";
/// Buckets.
pub const BUCKETS: &str = "i/bucket/";
/// Accounts.
pub const ACCOUNTS: &str = "i/account/";
/// The organization: one record.
pub const ORGANIZATION: &str = "i/org/";
/// Organizational units.
pub const UNITS: &str = "i/unit/";
/// Policies of the organization.
pub const ORGANIZATION_POLICIES: &str = "i/org-policy/";
/// Requests to make accounts.
pub const CREATE_ACCOUNTS: &str = "i/create-account/";
/// Invitations.
pub const HANDSHAKES: &str = "i/handshake/";
/// Virtual MFA devices.
pub const MFA_DEVICES: &str = "i/mfa/";
/// OpenID Connect providers.
pub const OIDC_PROVIDERS: &str = "i/oidc/";
/// SAML providers.
pub const SAML_PROVIDERS: &str = "i/saml/";
/// Revocations of single sessions, by the session's access key id.
pub const CUT_SESSIONS: &str = "i/cut/";
/// What counts as ended for good: one record.
pub const ENDED: &str = "i/ended/";
/// All other revocations.
pub const REVOCATIONS: &str = "i/revocation/";
/// Revocations by the instant at which they may retire.
pub const REVOCATION_ENDS: &str = "r/";
/// Receipts of revocations.
pub const RECEIPTS: &str = "c/receipt/";
/// Receipts by the instant at which they were made, the latest first.
pub const RECEIPT_TIMES: &str = "c/time/";
/// Receipts of revocations that ended, by the instant at which they did.
pub const RECEIPT_ENDS: &str = "c/end/";
/// Events on their way to the audit files.
pub const EVENTS: &str = "e/";
/// Issued sessions.
pub const SESSIONS: &str = "s/";
/// Sessions by their end.
pub const SESSION_ENDS: &str = "x/";
/// Which blobs are referenced.
pub const BLOBS: &str = "b/";
/// What is to be cleared up.
pub const GARBAGE: &str = "g/";
/// When users and roles were last used.
pub const LAST_USES: &str = "l/";

impl Key {
    fn joined(parts: &[&[u8]]) -> Self {
        Self(parts.concat())
    }

    /// A key that is plain text.
    pub fn text(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    /// The first key that does not begin with this one: the exclusive end of its prefix.
    #[must_use]
    pub fn prefix_end(&self) -> Self {
        let mut end = self.0.clone();
        while let Some(last) = end.pop() {
            if last < u8::MAX {
                end.push(last + 1);
                return Self(end);
            }
        }
        Self(vec![u8::MAX; self.0.len() + 1])
    }

    /// A revocation. That of a single session is found by the session.
    pub fn revocation(target: &RevocationTarget, number: u64) -> Self {
        match target {
            RevocationTarget::Session(id) => Self::text(&format!("{CUT_SESSIONS}{id}/{number:016x}")),
            _ => Self::text(&format!("{REVOCATIONS}{number:016x}")),
        }
    }

    /// What counts as ended for good.
    pub fn ended() -> Self {
        Self::text(&format!("{ENDED}the"))
    }

    /// A revocation in the order of ends.
    pub fn revocation_end(until: Timestamp, revocation: &Self) -> Self {
        Self::text(&format!("{REVOCATION_ENDS}{:016x}/{revocation:?}", until.millis().max(0)))
    }

    /// Every revocation that may retire before this instant lies before this key.
    pub fn revocation_ends_before(instant: Timestamp) -> Self {
        Self::text(&format!("{REVOCATION_ENDS}{:016x}", instant.millis().max(0)))
    }

    /// The receipt of a revocation.
    pub fn receipt(number: u64) -> Self {
        Self::text(&format!("{RECEIPTS}{number:016x}"))
    }

    /// A receipt in the order of time, the latest first.
    pub fn receipt_time(at: Timestamp, number: u64) -> Self {
        let before_the_end = i64::MAX.saturating_sub(at.millis().max(0));
        Self::text(&format!("{RECEIPT_TIMES}{before_the_end:016x}/{number:016x}"))
    }

    /// The receipt of a revocation that ended, in the order of ends.
    pub fn receipt_end(ended: Timestamp, number: u64) -> Self {
        Self::text(&format!("{RECEIPT_ENDS}{:016x}/{number:016x}", ended.millis().max(0)))
    }

    /// Every receipt of a revocation that ended before this instant lies before this key.
    pub fn receipt_ends_before(instant: Timestamp) -> Self {
        Self::text(&format!("{RECEIPT_ENDS}{:016x}", instant.millis().max(0)))
    }

    /// Which receipt a client's token stands for.
    pub fn receipt_token(mark: &str) -> Self {
        Self::text(&format!("c/token/{mark}"))
    }

    /// What the deployment is: its id, its account.
    pub fn deployment() -> Self {
        Self::text("m/deployment")
    }

    /// The sealed keys of the session tokens.
    pub fn key_ring() -> Self {
        Self::text("m/keyring")
    }

    /// Written by every change that can change a decision. A guard on its revision makes a write fail if the
    /// policies changed after it was decided.
    pub fn epoch() -> Self {
        Self::text("m/epoch")
    }

    /// The latest issue time given out, so that issue times never go back, over restarts too.
    pub fn issue_mark() -> Self {
        Self::text("m/issued")
    }

    /// How much of the past the last uses hold.
    pub fn last_uses_mark() -> Self {
        Self::text("m/last-uses")
    }

    /// When the clock was set back, as events show it.
    pub fn clock_set_back() -> Self {
        Self::text("m/clock-set-back")
    }

    /// The last uses of a user or role.
    pub fn last_uses(id: UniqueId) -> Self {
        Self::text(&format!("{LAST_USES}{id}"))
    }

    /// A user.
    pub fn user(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{USERS}{account}/{id}"))
    }

    /// A role.
    pub fn role(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{ROLES}{account}/{id}"))
    }

    /// A group.
    pub fn group(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{GROUPS}{account}/{id}"))
    }

    /// A managed policy with all its versions.
    pub fn policy(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{POLICIES}{account}/{id}"))
    }

    /// A long-term access key.
    pub fn access_key(id: &AccessKeyId) -> Self {
        Self::text(&format!("{ACCESS_KEYS}{id}"))
    }

    /// An instance profile.
    pub fn instance_profile(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{INSTANCE_PROFILES}{account}/{id}"))
    }

    /// A user's password, by the user's id.
    pub fn login_profile(account: AccountId, user: UniqueId) -> Self {
        Self::text(&format!("{LOGIN_PROFILES}{account}/{user}"))
    }

    /// A user's SSH public key, by its own id.
    pub fn ssh_key(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{SSH_KEYS}{account}/{id}"))
    }

    /// What is set for an account as a whole.
    pub fn account_settings(account: AccountId) -> Self {
        Self::text(&format!("{ACCOUNT_SETTINGS}{account}"))
    }

    /// A bucket, by name: names are unique over all accounts.
    pub fn bucket(name: &str) -> Self {
        Self::text(&format!("{BUCKETS}{name}"))
    }

    /// An account.
    pub fn account(id: AccountId) -> Self {
        Self::text(&format!("{ACCOUNTS}{id}"))
    }

    /// The organization, of which a deployment has one at most.
    pub fn organization() -> Self {
        Self::text(&format!("{ORGANIZATION}the"))
    }

    /// An organizational unit.
    pub fn unit(id: &str) -> Self {
        Self::text(&format!("{UNITS}{id}"))
    }

    /// A policy of the organization.
    pub fn organization_policy(id: &str) -> Self {
        Self::text(&format!("{ORGANIZATION_POLICIES}{id}"))
    }

    /// A request to make an account.
    pub fn create_account(id: &str) -> Self {
        Self::text(&format!("{CREATE_ACCOUNTS}{id}"))
    }

    /// An invitation.
    pub fn handshake(id: &str) -> Self {
        Self::text(&format!("{HANDSHAKES}{id}"))
    }

    /// A virtual MFA device.
    pub fn mfa_device(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{MFA_DEVICES}{account}/{id}"))
    }

    /// Which of a device's codes were used.
    pub fn mfa_use(device: UniqueId) -> Self {
        Self::text(&format!("f/{device}"))
    }

    /// An OpenID Connect provider.
    pub fn oidc_provider(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{OIDC_PROVIDERS}{account}/{id}"))
    }

    /// A SAML provider.
    pub fn saml_provider(account: AccountId, id: UniqueId) -> Self {
        Self::text(&format!("{SAML_PROVIDERS}{account}/{id}"))
    }

    /// All objects of a bucket, by the bucket's own id: a re-created namesake does not see them.
    pub fn objects(bucket_id: &str) -> Self {
        Self::text(&format!("o/{bucket_id}/"))
    }

    /// An object.
    pub fn object(bucket_id: &str, object_key: &str) -> Self {
        Self::joined(&[&Self::objects(bucket_id).0, object_key.as_bytes()])
    }

    /// All unfinished multipart uploads of a bucket.
    pub fn uploads(bucket_id: &str) -> Self {
        Self::text(&format!("u/{bucket_id}/"))
    }

    /// An unfinished multipart upload; ordered by object key, then by upload id.
    pub fn upload(bucket_id: &str, object_key: &str, upload_id: &str) -> Self {
        Self::joined(&[&Self::uploads(bucket_id).0, object_key.as_bytes(), b"\0", upload_id.as_bytes()])
    }

    /// All parts of an upload.
    pub fn parts(upload_id: &str) -> Self {
        Self::text(&format!("q/{upload_id}/"))
    }

    /// A part, ordered by number.
    pub fn part(upload_id: &str, number: u16) -> Self {
        Self::text(&format!("q/{upload_id}/{number:05}"))
    }

    /// Marks a blob as referenced; bytes on disk without this mark are swept.
    pub fn blob(blob_id: &str) -> Self {
        Self::text(&format!("{BLOBS}{blob_id}"))
    }

    /// Blobs and parts that are to be cleared up, under a random id.
    pub fn garbage(id: &str) -> Self {
        Self::text(&format!("{GARBAGE}{id}"))
    }

    /// An issued session.
    pub fn session(id: &AccessKeyId) -> Self {
        Self::text(&format!("{SESSIONS}{id}"))
    }

    /// The same session in the order of ends.
    pub fn session_end(ends: Timestamp, id: &AccessKeyId) -> Self {
        Self::text(&format!("{SESSION_ENDS}{:016x}/{id}", ends.millis().max(0)))
    }

    /// Every session that ends before this instant lies before this key.
    pub fn session_ends_before(instant: Timestamp) -> Self {
        Self::text(&format!("{SESSION_ENDS}{:016x}", instant.millis().max(0)))
    }

    /// An event, ordered by time.
    pub fn event(at: Timestamp, event_id: &str) -> Self {
        Self::text(&format!("{EVENTS}{:016x}/{event_id}", at.millis().max(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_follows_all_its_keys() {
        assert_eq!(Key(vec![1, 2]).prefix_end(), Key(vec![1, 3]));
        assert_eq!(Key(vec![1, 0xff]).prefix_end(), Key(vec![2]));
        assert!(Key(vec![0xff]).prefix_end() > Key(vec![0xff]));
    }
}
