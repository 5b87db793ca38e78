//! ListAccountAssignmentDeletionStatus: the requests that are remembered, the newest first.

use portcullis_store::record::SsoRequestKind;

use super::{request, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "ListAccountAssignmentDeletionStatus",
    row::on!("ListAccountAssignmentDeletionStatus", scope::On::Instance),
    |ask| {
        let (list, answer) = ("unassignment-requests", "AccountAssignmentsDeletionStatus");
        request::listed(ask, SsoRequestKind::Unassignment, list, answer)
    },
);
