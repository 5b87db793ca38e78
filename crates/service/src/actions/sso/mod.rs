//! SSO Admin: the instance, permission sets, and who has which of them in which account.
//!
//! Each action is one file. What several share stands beside them, once: [`scope`] says whose the instance is and finds
//! what a request names, [`set`] changes a permission set, [`request`] keeps what clients wait for, [`shown`] makes
//! answers. What a permission set becomes in an account is in [`crate::identity_center`].

mod attach_customer_managed_policy_reference_to_permission_set;
mod attach_managed_policy_to_permission_set;
mod attributes;
mod create_account_assignment;
mod create_instance;
mod create_instance_access_control_attribute_configuration;
mod create_permission_set;
mod delete_account_assignment;
mod delete_inline_policy_from_permission_set;
mod delete_instance_access_control_attribute_configuration;
mod delete_permission_set;
mod delete_permissions_boundary_from_permission_set;
mod describe_account_assignment_creation_status;
mod describe_account_assignment_deletion_status;
mod describe_instance;
mod describe_instance_access_control_attribute_configuration;
mod describe_permission_set;
mod describe_permission_set_provisioning_status;
mod detach_customer_managed_policy_reference_from_permission_set;
mod detach_managed_policy_from_permission_set;
mod duration;
mod get_inline_policy_for_permission_set;
mod get_permissions_boundary_for_permission_set;
mod list_account_assignment_creation_status;
mod list_account_assignment_deletion_status;
mod list_account_assignments;
mod list_account_assignments_for_principal;
mod list_accounts_for_provisioned_permission_set;
mod list_customer_managed_policy_references_in_permission_set;
mod list_instances;
mod list_managed_policies_in_permission_set;
mod list_permission_set_provisioning_status;
mod list_permission_sets;
mod list_permission_sets_provisioned_to_account;
mod list_tags_for_resource;
mod provision_permission_set;
mod put_inline_policy_to_permission_set;
mod put_permissions_boundary_to_permission_set;
mod reference;
mod request;
mod row;
mod scope;
mod set;
mod shown;
mod tag_resource;
mod tagging;
mod untag_resource;
mod update_instance;
mod update_instance_access_control_attribute_configuration;
mod update_permission_set;

use crate::action::Row;
pub use scope::own_instance;

/// Every action that is served, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &attach_customer_managed_policy_reference_to_permission_set::ROW,
    &attach_managed_policy_to_permission_set::ROW,
    &create_account_assignment::ROW,
    &create_instance::ROW,
    &create_instance_access_control_attribute_configuration::ROW,
    &create_permission_set::ROW,
    &delete_account_assignment::ROW,
    &delete_inline_policy_from_permission_set::ROW,
    &delete_instance_access_control_attribute_configuration::ROW,
    &delete_permission_set::ROW,
    &delete_permissions_boundary_from_permission_set::ROW,
    &describe_account_assignment_creation_status::ROW,
    &describe_account_assignment_deletion_status::ROW,
    &describe_instance::ROW,
    &describe_instance_access_control_attribute_configuration::ROW,
    &describe_permission_set::ROW,
    &describe_permission_set_provisioning_status::ROW,
    &detach_customer_managed_policy_reference_from_permission_set::ROW,
    &detach_managed_policy_from_permission_set::ROW,
    &get_inline_policy_for_permission_set::ROW,
    &get_permissions_boundary_for_permission_set::ROW,
    &list_account_assignment_creation_status::ROW,
    &list_account_assignment_deletion_status::ROW,
    &list_account_assignments::ROW,
    &list_account_assignments_for_principal::ROW,
    &list_accounts_for_provisioned_permission_set::ROW,
    &list_customer_managed_policy_references_in_permission_set::ROW,
    &list_instances::ROW,
    &list_managed_policies_in_permission_set::ROW,
    &list_permission_set_provisioning_status::ROW,
    &list_permission_sets::ROW,
    &list_permission_sets_provisioned_to_account::ROW,
    &list_tags_for_resource::ROW,
    &provision_permission_set::ROW,
    &put_inline_policy_to_permission_set::ROW,
    &put_permissions_boundary_to_permission_set::ROW,
    &tag_resource::ROW,
    &untag_resource::ROW,
    &update_instance::ROW,
    &update_instance_access_control_attribute_configuration::ROW,
    &update_permission_set::ROW,
];
