//! Organizations: accounts, the units they are in, and the policies that bound them.
//!
//! Each action is one file. What several share stands beside them, once: [`scope`] says whose an organization is and
//! finds what a request names, [`policy_type`] what kinds of policies there are, [`shown`] makes answers.

mod accept_handshake;
mod attach_policy;
mod cancel_handshake;
mod close_account;
mod create_account;
mod create_organization;
mod create_organizational_unit;
mod create_policy;
mod decline_handshake;
mod delete_organization;
mod delete_organizational_unit;
mod delete_policy;
mod delete_resource_policy;
mod deregister_delegated_administrator;
mod describe_account;
mod describe_create_account_status;
mod describe_effective_policy;
mod describe_handshake;
mod describe_organization;
mod describe_organizational_unit;
mod describe_policy;
mod describe_resource_policy;
mod detach_policy;
mod disable_aws_service_access;
mod disable_policy_type;
mod effective;
mod enable_all_features;
mod enable_aws_service_access;
mod enable_policy_type;
mod handshake;
mod ids;
mod invite_account_to_organization;
mod leave_organization;
mod leaving;
mod list_accounts;
mod list_accounts_for_parent;
mod list_aws_service_access_for_organization;
mod list_children;
mod list_create_account_status;
mod list_delegated_administrators;
mod list_delegated_services_for_account;
mod list_handshakes_for_account;
mod list_handshakes_for_organization;
mod list_organizational_units_for_parent;
mod list_parents;
mod list_policies;
mod list_policies_for_target;
mod list_roots;
mod list_tags_for_resource;
mod list_targets_for_policy;
mod move_account;
mod node;
pub mod policy_type;
mod put_resource_policy;
mod register_delegated_administrator;
mod remove_account_from_organization;
mod retag;
mod row;
mod scope;
mod shown;
mod shown_delegation;
mod switching;
mod tag_resource;
mod tagging;
#[cfg(test)]
mod tests;
mod untag_resource;
mod update_organizational_unit;
mod update_policy;

use portcullis_base::AccountId;
use portcullis_store::record::{AdministratorRecord, OrganizationRecord};

pub use scope::delegable;

use crate::action::Row;

/// The service whose trusted access lets root users of member accounts be managed from one place.
pub const IAM: &str = "iam.amazonaws.com";
/// The feature that lets root users' credentials be managed from one place (IAM, `ListOrganizationsFeatures`).
pub const ROOT_CREDENTIALS: &str = "RootCredentialsManagement";
/// The feature that AssumeRoot needs.
pub const ROOT_SESSIONS: &str = "RootSessions";

/// Whether an account administers IAM for the organization: the management account, and whom it has delegated that to.
pub fn administers_iam(organization: &OrganizationRecord, account: AccountId) -> bool {
    let is_delegate = |held: &AdministratorRecord| held.account == account && held.principal == IAM;
    account == organization.management || organization.administrators.iter().any(is_delegate)
}

/// The address of a root user of whom no other is known: one that cannot exist (RFC 2606).
pub fn root_email(account: AccountId) -> String {
    format!("root@{account}.invalid")
}

/// Every Organizations action, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &accept_handshake::ROW,
    &attach_policy::ROW,
    &cancel_handshake::ROW,
    &close_account::ROW,
    &create_account::ROW,
    &create_organization::ROW,
    &create_organizational_unit::ROW,
    &create_policy::ROW,
    &decline_handshake::ROW,
    &delete_organization::ROW,
    &delete_organizational_unit::ROW,
    &delete_policy::ROW,
    &delete_resource_policy::ROW,
    &deregister_delegated_administrator::ROW,
    &describe_account::ROW,
    &describe_create_account_status::ROW,
    &describe_effective_policy::ROW,
    &describe_handshake::ROW,
    &describe_organization::ROW,
    &describe_organizational_unit::ROW,
    &describe_policy::ROW,
    &describe_resource_policy::ROW,
    &detach_policy::ROW,
    &disable_aws_service_access::ROW,
    &disable_policy_type::ROW,
    &enable_aws_service_access::ROW,
    &enable_all_features::ROW,
    &enable_policy_type::ROW,
    &invite_account_to_organization::ROW,
    &leave_organization::ROW,
    &list_aws_service_access_for_organization::ROW,
    &list_accounts::ROW,
    &list_accounts_for_parent::ROW,
    &list_children::ROW,
    &list_create_account_status::ROW,
    &list_delegated_administrators::ROW,
    &list_delegated_services_for_account::ROW,
    &list_handshakes_for_account::ROW,
    &list_handshakes_for_organization::ROW,
    &list_organizational_units_for_parent::ROW,
    &list_parents::ROW,
    &list_policies::ROW,
    &list_policies_for_target::ROW,
    &list_roots::ROW,
    &list_tags_for_resource::ROW,
    &list_targets_for_policy::ROW,
    &move_account::ROW,
    &put_resource_policy::ROW,
    &register_delegated_administrator::ROW,
    &remove_account_from_organization::ROW,
    &tag_resource::ROW,
    &untag_resource::ROW,
    &update_organizational_unit::ROW,
    &update_policy::ROW,
];
