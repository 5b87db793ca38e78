//! Actions, one file each.

use crate::action::Row;

/// Every action, in alphabetical order.
pub const ROWS: &[&Row] = &[];
