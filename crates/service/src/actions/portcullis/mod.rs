//! Portcullis's own interface: what no service of AWS has an action for.

mod import;
mod rotate_keys;

use crate::action::Row;

/// Every action of its own, in alphabetical order.
pub const ROWS: &[&Row] = &[&import::ROW, &rotate_keys::ROW];
