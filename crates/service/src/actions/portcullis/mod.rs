//! Portcullis's own interface: what no service of AWS has an action for.

mod describe_session;
mod event;
mod import;
mod list_sessions;
mod revocation;
mod rotate_keys;
mod stale_denies;
mod viewer;

use crate::action::Row;

/// Every action of its own, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &revocation::list::DESCRIBE,
    &describe_session::ROW,
    &import::ROW,
    &revocation::lift::ROW,
    &revocation::list::ROW,
    &list_sessions::ROW,
    &stale_denies::ROW,
    &revocation::revoke::ROW,
    &revocation::own::ROW,
    &rotate_keys::ROW,
];
