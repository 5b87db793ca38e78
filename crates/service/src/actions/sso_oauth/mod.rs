//! SSO OIDC: clients that act for somebody who signs in to the portal (OAuth 2.0 device authorization grant, RFC 8628;
//! authorization code with PKCE, RFC 7636; refresh tokens).
//!
//! Nobody signs these calls. What a stranger starts is kept nowhere, or in bounded memory; tokens come of a sign-in session
//! and of nothing else.

mod caller;
mod create_token;
mod fault;
mod register_client;
mod start_device_authorization;

use crate::action::Row;

/// Every action that is served, in alphabetical order.
pub const ROWS: &[&Row] = &[&create_token::ROW, &register_client::ROW, &start_device_authorization::ROW];
