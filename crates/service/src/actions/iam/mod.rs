//! IAM: users, groups, roles, policies, credentials, MFA devices, identity providers, instance profiles and the settings of
//! an account.
//!
//! Each action is one file. What several share stands beside them, once: [`target`] finds what a request is about and
//! asks the permission on it, [`holder`] is what holds policies, [`owner`] whose credentials are meant when no user is
//! named, [`shown`] makes entities into answers, [`documents`] checks and encodes policies, [`login_profile`] and
//! [`password_rules`] are about passwords, [`ssh_key`] about SSH public keys, [`service_linked`] about the roles of services,
//! [`account_settings`] is what is set for an account as a whole.

mod access_key;
mod account_settings;
mod add_client_id_to_open_id_connect_provider;
mod add_role_to_instance_profile;
mod add_user_to_group;
mod advice;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod attachment;
mod boundary;
mod change_password;
mod create_access_key;
mod create_account_alias;
mod create_group;
mod create_instance_profile;
mod create_login_profile;
mod create_open_id_connect_provider;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_saml_provider;
mod create_service_linked_role;
mod create_user;
mod create_virtual_mfa_device;
mod credential_report;
mod deactivate_mfa_device;
mod delete_access_key;
mod delete_account_alias;
mod delete_account_password_policy;
mod delete_group;
mod delete_group_policy;
mod delete_instance_profile;
mod delete_login_profile;
mod delete_open_id_connect_provider;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod delete_saml_provider;
mod delete_service_linked_role;
mod delete_ssh_public_key;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod delete_virtual_mfa_device;
mod detach_group_policy;
mod detach_role_policy;
mod detach_user_policy;
mod documents;
mod enable_mfa_device;
mod generate_credential_report;
mod generate_service_last_accessed_details;
mod get_access_key_last_used;
mod get_account_authorization_details;
mod get_account_password_policy;
mod get_account_summary;
mod get_context_keys_for_custom_policy;
mod get_context_keys_for_principal_policy;
mod get_credential_report;
mod get_group;
mod get_group_policy;
mod get_instance_profile;
mod get_login_profile;
mod get_mfa_device;
mod get_open_id_connect_provider;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_role_policy;
mod get_saml_provider;
mod get_service_last_accessed_details;
mod get_service_last_accessed_details_with_entities;
mod get_service_linked_role_deletion_status;
mod get_ssh_public_key;
mod get_user;
mod get_user_policy;
mod holder;
mod identity;
mod inline;
mod instance_profile;
mod list_access_keys;
mod list_account_aliases;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_entities_for_policy;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod list_instance_profile_tags;
mod list_instance_profiles;
mod list_instance_profiles_for_role;
mod list_mfa_device_tags;
mod list_mfa_devices;
mod list_open_id_connect_provider_tags;
mod list_open_id_connect_providers;
mod list_policies;
mod list_policies_granting_service_access;
mod list_policy_tags;
mod list_policy_versions;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod list_saml_provider_tags;
mod list_saml_providers;
mod list_service_specific_credentials;
mod list_signing_certificates;
mod list_ssh_public_keys;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod list_virtual_mfa_devices;
mod listing;
mod login_profile;
mod membership;
mod mfa_device;
mod naming;
mod nothing;
mod open_id;
mod owner;
mod password_rules;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod qr_code;
mod remove_client_id_from_open_id_connect_provider;
mod remove_role_from_instance_profile;
mod remove_user_from_group;
mod resync_mfa_device;
mod role_settings;
mod root_features;
mod row;
mod saml;
mod saml_metadata;
mod service_linked;
mod set_default_policy_version;
mod set_security_token_service_preferences;
mod shown;
mod simulate_custom_policy;
mod simulate_principal_policy;
mod simulation;
mod ssh_encoding;
mod ssh_key;
mod tag_instance_profile;
mod tag_mfa_device;
mod tag_open_id_connect_provider;
mod tag_policy;
mod tag_role;
mod tag_saml_provider;
mod tag_user;
mod tagging;
mod target;
#[cfg(test)]
mod tests;
mod untag_instance_profile;
mod untag_mfa_device;
mod untag_open_id_connect_provider;
mod untag_policy;
mod untag_role;
mod untag_saml_provider;
mod untag_user;
mod update_access_key;
mod update_account_password_policy;
mod update_assume_role_policy;
mod update_group;
mod update_login_profile;
mod update_open_id_connect_provider_thumbprint;
mod update_role;
mod update_role_description;
mod update_saml_provider;
mod update_ssh_public_key;
mod update_user;
mod upload_ssh_public_key;
mod version;

use super::paging;
use crate::action::Row;
pub use advice::Reports;
pub use qr_code::png as qr_png;
pub use target::RESERVED_PATHS;

/// Every IAM action, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &add_client_id_to_open_id_connect_provider::ROW,
    &add_role_to_instance_profile::ROW,
    &add_user_to_group::ROW,
    &attach_group_policy::ROW,
    &attach_role_policy::ROW,
    &attach_user_policy::ROW,
    &change_password::ROW,
    &create_access_key::ROW,
    &create_account_alias::ROW,
    &create_group::ROW,
    &create_instance_profile::ROW,
    &create_login_profile::ROW,
    &create_open_id_connect_provider::ROW,
    &create_policy::ROW,
    &create_policy_version::ROW,
    &create_role::ROW,
    &create_saml_provider::ROW,
    &create_service_linked_role::ROW,
    &create_user::ROW,
    &create_virtual_mfa_device::ROW,
    &deactivate_mfa_device::ROW,
    &delete_access_key::ROW,
    &delete_account_alias::ROW,
    &delete_account_password_policy::ROW,
    &delete_group::ROW,
    &delete_group_policy::ROW,
    &delete_instance_profile::ROW,
    &delete_login_profile::ROW,
    &delete_open_id_connect_provider::ROW,
    &delete_policy::ROW,
    &delete_policy_version::ROW,
    &delete_role::ROW,
    &delete_role_permissions_boundary::ROW,
    &delete_role_policy::ROW,
    &delete_saml_provider::ROW,
    &delete_ssh_public_key::ROW,
    &delete_service_linked_role::ROW,
    &delete_user::ROW,
    &delete_user_permissions_boundary::ROW,
    &delete_user_policy::ROW,
    &delete_virtual_mfa_device::ROW,
    &detach_group_policy::ROW,
    &detach_role_policy::ROW,
    &detach_user_policy::ROW,
    &root_features::DISABLE_CREDENTIALS,
    &root_features::DISABLE_SESSIONS,
    &enable_mfa_device::ROW,
    &root_features::ENABLE_CREDENTIALS,
    &root_features::ENABLE_SESSIONS,
    &generate_credential_report::ROW,
    &generate_service_last_accessed_details::ROW,
    &get_access_key_last_used::ROW,
    &get_account_authorization_details::ROW,
    &get_account_password_policy::ROW,
    &get_account_summary::ROW,
    &get_context_keys_for_custom_policy::ROW,
    &get_context_keys_for_principal_policy::ROW,
    &get_credential_report::ROW,
    &get_group::ROW,
    &get_group_policy::ROW,
    &get_instance_profile::ROW,
    &get_login_profile::ROW,
    &get_mfa_device::ROW,
    &get_open_id_connect_provider::ROW,
    &get_policy::ROW,
    &get_policy_version::ROW,
    &get_role::ROW,
    &get_role_policy::ROW,
    &get_saml_provider::ROW,
    &get_ssh_public_key::ROW,
    &get_service_last_accessed_details::ROW,
    &get_service_last_accessed_details_with_entities::ROW,
    &get_service_linked_role_deletion_status::ROW,
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
    &list_instance_profile_tags::ROW,
    &list_instance_profiles::ROW,
    &list_instance_profiles_for_role::ROW,
    &list_mfa_device_tags::ROW,
    &list_mfa_devices::ROW,
    &list_open_id_connect_provider_tags::ROW,
    &list_open_id_connect_providers::ROW,
    &root_features::LIST,
    &list_policies::ROW,
    &list_policies_granting_service_access::ROW,
    &list_policy_tags::ROW,
    &list_policy_versions::ROW,
    &list_role_policies::ROW,
    &list_role_tags::ROW,
    &list_roles::ROW,
    &list_saml_provider_tags::ROW,
    &list_saml_providers::ROW,
    &list_ssh_public_keys::ROW,
    &list_service_specific_credentials::ROW,
    &list_signing_certificates::ROW,
    &list_user_policies::ROW,
    &list_user_tags::ROW,
    &list_users::ROW,
    &list_virtual_mfa_devices::ROW,
    &put_group_policy::ROW,
    &put_role_permissions_boundary::ROW,
    &put_role_policy::ROW,
    &put_user_permissions_boundary::ROW,
    &put_user_policy::ROW,
    &remove_client_id_from_open_id_connect_provider::ROW,
    &remove_role_from_instance_profile::ROW,
    &remove_user_from_group::ROW,
    &resync_mfa_device::ROW,
    &set_default_policy_version::ROW,
    &set_security_token_service_preferences::ROW,
    &simulate_custom_policy::ROW,
    &simulate_principal_policy::ROW,
    &tag_instance_profile::ROW,
    &tag_mfa_device::ROW,
    &tag_open_id_connect_provider::ROW,
    &tag_policy::ROW,
    &tag_role::ROW,
    &tag_saml_provider::ROW,
    &tag_user::ROW,
    &untag_instance_profile::ROW,
    &untag_mfa_device::ROW,
    &untag_open_id_connect_provider::ROW,
    &untag_policy::ROW,
    &untag_role::ROW,
    &untag_saml_provider::ROW,
    &untag_user::ROW,
    &update_access_key::ROW,
    &update_account_password_policy::ROW,
    &update_assume_role_policy::ROW,
    &update_group::ROW,
    &update_login_profile::ROW,
    &update_open_id_connect_provider_thumbprint::ROW,
    &update_role::ROW,
    &update_role_description::ROW,
    &update_saml_provider::ROW,
    &update_ssh_public_key::ROW,
    &update_user::ROW,
    &upload_ssh_public_key::ROW,
];
