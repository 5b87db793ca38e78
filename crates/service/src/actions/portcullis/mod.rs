//! Portcullis's own interface: what no service of AWS has an action for.

mod import;
mod revocation;
mod rotate_keys;

use crate::action::Row;

/// Every action of its own, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &revocation::list::DESCRIBE,
    &import::ROW,
    &revocation::lift::ROW,
    &revocation::list::ROW,
    &revocation::revoke::ROW,
    &revocation::own::ROW,
    &rotate_keys::ROW,
];
