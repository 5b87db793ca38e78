//! IAM: users, groups, roles, policies and access keys.

use crate::action::Row;

/// Every IAM action, in alphabetical order.
pub const ROWS: &[&Row] = &[];
