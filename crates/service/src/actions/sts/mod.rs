//! STS: who am I, and temporary credentials.

mod assume_role;
mod assume_role_with_saml;
mod assume_role_with_web_identity;
mod assume_root;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod lifetime;
mod mfa;
mod role_session;
mod session_policy;
mod session_tags;

#[cfg(test)]
mod tests;

use crate::action::Row;

/// Every STS action, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &assume_role::ROW,
    &assume_role_with_saml::ROW,
    &assume_role_with_web_identity::ROW,
    &assume_root::ROW,
    &get_access_key_info::ROW,
    &get_caller_identity::ROW,
    &get_federation_token::ROW,
    &get_session_token::ROW,
];
