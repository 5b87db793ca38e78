//! IAM: users, groups, roles, policies and access keys.
//!
//! Each action is one file. What several share stands beside them, once: [`target`] finds what a request is about and
//! asks the permission on it, [`holder`] is what holds policies, [`owner`] whose credentials are meant when no user is
//! named, [`shown`] makes entities into answers, [`documents`] checks and encodes policies.

mod access_key;
mod add_user_to_group;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod attachment;
mod boundary;
mod create_access_key;
mod create_group;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_user;
mod delete_access_key;
mod delete_group;
mod delete_group_policy;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_group_policy;
mod detach_role_policy;
mod detach_user_policy;
mod documents;
mod get_access_key_last_used;
mod get_account_authorization_details;
mod get_account_password_policy;
mod get_account_summary;
mod get_group;
mod get_group_policy;
mod get_login_profile;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_role_policy;
mod get_user;
mod get_user_policy;
mod holder;
mod inline;
mod list_access_keys;
mod list_account_aliases;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_entities_for_policy;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod list_instance_profiles_for_role;
mod list_mfa_devices;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod list_service_specific_credentials;
mod list_signing_certificates;
mod list_ssh_public_keys;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod listing;
mod membership;
mod naming;
mod nothing;
mod owner;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod remove_user_from_group;
mod role_settings;
mod root_features;
mod row;
mod set_default_policy_version;
mod shown;
mod tag_policy;
mod tag_role;
mod tag_user;
mod tagging;
mod target;
#[cfg(test)]
mod tests;
mod untag_policy;
mod untag_role;
mod untag_user;
mod update_access_key;
mod update_assume_role_policy;
mod update_group;
mod update_role;
mod update_role_description;
mod update_user;
mod version;

use super::paging;
use crate::action::Row;
pub use target::RESERVED_PATHS;

/// Every IAM action, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &add_user_to_group::ROW,
    &attach_group_policy::ROW,
    &attach_role_policy::ROW,
    &attach_user_policy::ROW,
    &create_access_key::ROW,
    &create_group::ROW,
    &create_policy::ROW,
    &create_policy_version::ROW,
    &create_role::ROW,
    &create_user::ROW,
    &delete_access_key::ROW,
    &delete_group::ROW,
    &delete_group_policy::ROW,
    &delete_policy::ROW,
    &delete_policy_version::ROW,
    &delete_role::ROW,
    &delete_role_permissions_boundary::ROW,
    &delete_role_policy::ROW,
    &delete_user::ROW,
    &delete_user_permissions_boundary::ROW,
    &delete_user_policy::ROW,
    &detach_group_policy::ROW,
    &detach_role_policy::ROW,
    &detach_user_policy::ROW,
    &root_features::DISABLE_CREDENTIALS,
    &root_features::DISABLE_SESSIONS,
    &root_features::ENABLE_CREDENTIALS,
    &root_features::ENABLE_SESSIONS,
    &get_access_key_last_used::ROW,
    &get_account_authorization_details::ROW,
    &get_account_password_policy::ROW,
    &get_account_summary::ROW,
    &get_group::ROW,
    &get_group_policy::ROW,
    &get_login_profile::ROW,
    &get_policy::ROW,
    &get_policy_version::ROW,
    &get_role::ROW,
    &get_role_policy::ROW,
    &get_user::ROW,
    &get_user_policy::ROW,
    &list_access_keys::ROW,
    &list_account_aliases::ROW,
    &list_attached_group_policies::ROW,
    &list_attached_role_policies::ROW,
    &list_attached_user_policies::ROW,
    &list_entities_for_policy::ROW,
    &list_group_policies::ROW,
    &list_groups::ROW,
    &list_groups_for_user::ROW,
    &list_instance_profiles_for_role::ROW,
    &list_mfa_devices::ROW,
    &root_features::LIST,
    &list_policies::ROW,
    &list_policy_tags::ROW,
    &list_policy_versions::ROW,
    &list_role_policies::ROW,
    &list_role_tags::ROW,
    &list_roles::ROW,
    &list_ssh_public_keys::ROW,
    &list_service_specific_credentials::ROW,
    &list_signing_certificates::ROW,
    &list_user_policies::ROW,
    &list_user_tags::ROW,
    &list_users::ROW,
    &put_group_policy::ROW,
    &put_role_permissions_boundary::ROW,
    &put_role_policy::ROW,
    &put_user_permissions_boundary::ROW,
    &put_user_policy::ROW,
    &remove_user_from_group::ROW,
    &set_default_policy_version::ROW,
    &tag_policy::ROW,
    &tag_role::ROW,
    &tag_user::ROW,
    &untag_policy::ROW,
    &untag_role::ROW,
    &untag_user::ROW,
    &update_access_key::ROW,
    &update_assume_role_policy::ROW,
    &update_group::ROW,
    &update_role::ROW,
    &update_role_description::ROW,
    &update_user::ROW,
];
