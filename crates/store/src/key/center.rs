//! Where Identity Center's records stand.

use portcullis_base::AccountId;

use super::Key;
use crate::record::Assignee;

/// The instance of Identity Center: one record.
pub const INSTANCES: &str = "i/sso-instance/";
/// Users of the identity store.
pub const DIRECTORY_USERS: &str = "i/directory-user/";
/// Groups of the identity store.
pub const DIRECTORY_GROUPS: &str = "i/directory-group/";
/// Who is in which group of the identity store.
pub const DIRECTORY_MEMBERSHIPS: &str = "i/directory-member/";
/// Permission sets.
pub const PERMISSION_SETS: &str = "i/permission-set/";
/// Who has which permission set in which account.
pub const ASSIGNMENTS: &str = "i/assignment/";
/// Roles that were made of permission sets.
pub const PROVISIONED: &str = "i/provisioned/";
/// What users of the identity store sign in with.
pub const SIGN_INS: &str = "i/sign-in/";
/// Sign-in sessions of the access portal.
pub const PORTAL_SESSIONS: &str = "i/portal-session/";
/// Requests about assignments and provisioning.
pub const SSO_REQUESTS: &str = "i/sso-request/";

impl Key {
    /// The instance of Identity Center.
    pub fn instance() -> Self {
        Self::text(&format!("{INSTANCES}the"))
    }

    /// A user of the identity store.
    pub fn directory_user(id: &str) -> Self {
        Self::text(&format!("{DIRECTORY_USERS}{id}"))
    }

    /// A group of the identity store.
    pub fn directory_group(id: &str) -> Self {
        Self::text(&format!("{DIRECTORY_GROUPS}{id}"))
    }

    /// A user's being in a group of the identity store.
    pub fn directory_membership(id: &str) -> Self {
        Self::text(&format!("{DIRECTORY_MEMBERSHIPS}{id}"))
    }

    /// A permission set.
    pub fn permission_set(id: &str) -> Self {
        Self::text(&format!("{PERMISSION_SETS}{id}"))
    }

    /// That somebody has a permission set in an account.
    pub fn assignment(account: AccountId, set: &str, assignee: &Assignee) -> Self {
        let assignee = match assignee {
            Assignee::User(id) => format!("user/{id}"),
            Assignee::Group(id) => format!("group/{id}"),
        };
        Self::text(&format!("{ASSIGNMENTS}{account}/{set}/{assignee}"))
    }

    /// What a user of the identity store signs in with.
    pub fn sign_in(user: &str) -> Self {
        Self::text(&format!("{SIGN_INS}{user}"))
    }

    /// A sign-in session of the access portal.
    pub fn portal_session(id: &str) -> Self {
        Self::text(&format!("{PORTAL_SESSIONS}{id}"))
    }

    /// A request about assignments or provisioning.
    pub fn sso_request(id: &str) -> Self {
        Self::text(&format!("{SSO_REQUESTS}{id}"))
    }

    /// The role that was made of a permission set in an account.
    pub fn provisioned(account: AccountId, set: &str) -> Self {
        Self::text(&format!("{PROVISIONED}{account}/{set}"))
    }
}
