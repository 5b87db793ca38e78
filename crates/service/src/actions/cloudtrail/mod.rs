//! CloudTrail: the history of events.

mod lookup_events;

use crate::action::Row;

/// Every CloudTrail action, in alphabetical order.
pub const ROWS: &[&Row] = &[&lookup_events::ROW];
