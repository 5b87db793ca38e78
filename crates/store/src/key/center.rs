//! Where Identity Center's records stand.

use portcullis_base::AccountId;

use super::{
    ASSIGNMENTS, DIRECTORY_GROUPS, DIRECTORY_MEMBERSHIPS, DIRECTORY_USERS, INSTANCES, Key, PERMISSION_SETS,
    PROVISIONED, SSO_REQUESTS,
};
use crate::record::Assignee;

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

    /// A request about assignments or provisioning.
    pub fn sso_request(id: &str) -> Self {
        Self::text(&format!("{SSO_REQUESTS}{id}"))
    }

    /// The role that was made of a permission set in an account.
    pub fn provisioned(account: AccountId, set: &str) -> Self {
        Self::text(&format!("{PROVISIONED}{account}/{set}"))
    }
}
