//! LeaveOrganization: the caller's own account goes.

use super::{leaving, row};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::change("LeaveOrganization", row::own_account("organizations:LeaveOrganization"), |ask, draft| {
        leaving::leave(ask, ask.account(), draft)
    });
