//! Portcullis's own interface: what no service of AWS has an action for.

mod describe_session;
mod event;
mod explain_access;
mod explain_request;
mod import;
mod list_sessions;
mod people;
mod preview_policy_change;
mod revocation;
mod rotate_keys;
mod stale_denies;
mod viewer;

use crate::action::Row;

/// Every action of its own, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &revocation::describe_receipt::ROW,
    &revocation::list::DESCRIBE,
    &describe_session::ROW,
    &people::status::DISABLE,
    &people::status::ENABLE,
    &people::end_portal_sessions::ROW,
    &explain_access::ROW,
    &explain_request::ROW,
    &import::ROW,
    &revocation::lift::ROW,
    &people::list_portal_sessions::ROW,
    &revocation::list_receipts::ROW,
    &revocation::list::ROW,
    &list_sessions::ROW,
    &stale_denies::ROW,
    &revocation::prepare::ROW,
    &preview_policy_change::ROW,
    &revocation::revoke::ROW,
    &revocation::own::ROW,
    &rotate_keys::ROW,
    &people::set_password::ROW,
];
