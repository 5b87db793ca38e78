//! IAM: users, groups, roles, policies and access keys.
//!
//! Each action is one file. What several share stands beside them, once: [`target`] finds what a request is about and
//! asks the permission on it, [`holder`] is what holds policies, [`owner`] whose credentials are meant when no user is
//! named, [`paging`] cuts lists, [`shown`] makes entities into answers, [`documents`] checks and encodes policies.

mod access_key;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod attachment;
mod boundary;
mod create_access_key;
mod create_role;
mod create_user;
mod delete_access_key;
mod delete_group_policy;
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
mod get_group_policy;
mod get_role;
mod get_role_policy;
mod get_user;
mod get_user_policy;
mod holder;
mod inline;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_group_policies;
mod list_policy_tags;
mod list_role_policies;
mod list_role_tags;
mod list_user_policies;
mod list_user_tags;
mod naming;
mod owner;
mod paging;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod role_settings;
mod row;
mod shown;
mod tag_policy;
mod tag_role;
mod tag_user;
mod tagging;
mod target;
mod untag_policy;
mod untag_role;
mod untag_user;
mod update_access_key;
mod update_assume_role_policy;

use crate::action::Row;

/// Every IAM action, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &attach_group_policy::ROW,
    &attach_role_policy::ROW,
    &attach_user_policy::ROW,
    &create_access_key::ROW,
    &create_role::ROW,
    &create_user::ROW,
    &delete_access_key::ROW,
    &delete_group_policy::ROW,
    &delete_role::ROW,
    &delete_role_permissions_boundary::ROW,
    &delete_role_policy::ROW,
    &delete_user::ROW,
    &delete_user_permissions_boundary::ROW,
    &delete_user_policy::ROW,
    &detach_group_policy::ROW,
    &detach_role_policy::ROW,
    &detach_user_policy::ROW,
    &get_group_policy::ROW,
    &get_role::ROW,
    &get_role_policy::ROW,
    &get_user::ROW,
    &get_user_policy::ROW,
    &list_attached_group_policies::ROW,
    &list_attached_role_policies::ROW,
    &list_attached_user_policies::ROW,
    &list_group_policies::ROW,
    &list_policy_tags::ROW,
    &list_role_policies::ROW,
    &list_role_tags::ROW,
    &list_user_policies::ROW,
    &list_user_tags::ROW,
    &put_group_policy::ROW,
    &put_role_permissions_boundary::ROW,
    &put_role_policy::ROW,
    &put_user_permissions_boundary::ROW,
    &put_user_policy::ROW,
    &tag_policy::ROW,
    &tag_role::ROW,
    &tag_user::ROW,
    &untag_policy::ROW,
    &untag_role::ROW,
    &untag_user::ROW,
    &update_access_key::ROW,
    &update_assume_role_policy::ROW,
];
