//! The Identity Store: people, groups, and who is in which.
//!
//! Each action is one file. What several share stands beside them, once: [`scope`] says whose the store is and finds what
//! a request names, [`attributes`] what a user has beside its name, [`naming`] which names are free, [`shown`] makes
//! answers.

mod alternate;
mod attributes;
mod create_group;
mod create_group_membership;
mod create_user;
mod delete_group;
mod delete_group_membership;
mod delete_user;
mod describe_group;
mod describe_group_membership;
mod describe_identity_store;
mod describe_user;
mod external;
mod filter;
mod get_group_id;
mod get_group_membership_id;
mod get_user_id;
mod is_member_in_groups;
mod list_group_memberships;
mod list_group_memberships_for_member;
mod list_groups;
mod list_identity_stores;
mod list_users;
mod naming;
mod row;
mod scope;
mod shown;
#[cfg(test)]
mod tests;
mod update_group;
mod update_user;

use crate::action::Row;

/// Every action that is served, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &create_group::ROW,
    &create_group_membership::ROW,
    &create_user::ROW,
    &delete_group::ROW,
    &delete_group_membership::ROW,
    &delete_user::ROW,
    &describe_group::ROW,
    &describe_group_membership::ROW,
    &describe_identity_store::ROW,
    &describe_user::ROW,
    &get_group_id::ROW,
    &get_group_membership_id::ROW,
    &get_user_id::ROW,
    &is_member_in_groups::ROW,
    &list_group_memberships::ROW,
    &list_group_memberships_for_member::ROW,
    &list_groups::ROW,
    &list_identity_stores::ROW,
    &list_users::ROW,
    &update_group::ROW,
    &update_user::ROW,
];
