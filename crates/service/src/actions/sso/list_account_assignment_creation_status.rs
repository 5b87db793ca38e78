//! ListAccountAssignmentCreationStatus: the requests that are remembered, the newest first.

use portcullis_store::record::SsoRequestKind;

use super::{request, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "ListAccountAssignmentCreationStatus",
    row::on!("ListAccountAssignmentCreationStatus", scope::On::Instance),
    |ask| {
        let (list, answer) = ("assignment-requests", "AccountAssignmentsCreationStatus");
        request::listed(ask, SsoRequestKind::Assignment, list, answer)
    },
);
