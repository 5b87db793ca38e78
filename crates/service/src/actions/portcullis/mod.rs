//! Portcullis's own interface: what no service of AWS has an action for.

mod describe_session;
mod import;
mod list_sessions;
mod rotate_keys;
mod viewer;

use crate::action::Row;

/// Every action of its own, in alphabetical order.
pub const ROWS: &[&Row] = &[&describe_session::ROW, &import::ROW, &list_sessions::ROW, &rotate_keys::ROW];
