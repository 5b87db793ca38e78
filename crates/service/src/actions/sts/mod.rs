//! STS: who am I, and temporary credentials.

mod get_caller_identity;

use crate::action::Row;

/// Every STS action, in alphabetical order.
pub const ROWS: &[&Row] = &[&get_caller_identity::ROW];
