//! Portcullis's own interface: what no service of AWS has an action for.

mod rotate_keys;

use crate::action::Row;

/// Every action of its own, in alphabetical order.
pub const ROWS: &[&Row] = &[&rotate_keys::ROW];
