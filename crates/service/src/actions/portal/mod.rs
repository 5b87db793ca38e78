//! The access portal: what a person has, and credentials of it. Each call brings an access token, which is good as long
//! as the sign-in session that it names.

mod bearer;
mod get_role_credentials;
mod list_account_roles;
mod list_accounts;
mod logout;

use crate::action::Row;

/// Every action that is served, in alphabetical order.
pub const ROWS: &[&Row] =
    &[&get_role_credentials::ROW, &list_account_roles::ROW, &list_accounts::ROW, &logout::ROW];
