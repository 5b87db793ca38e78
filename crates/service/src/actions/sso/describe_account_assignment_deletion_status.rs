//! DescribeAccountAssignmentDeletionStatus: what came of a request.

use portcullis_store::record::SsoRequestKind;

use super::{request, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribeAccountAssignmentDeletionStatus",
    row::on!("DescribeAccountAssignmentDeletionStatus", scope::On::Instance),
    |ask| {
        let (member, answer) = ("AccountAssignmentDeletionRequestId", "AccountAssignmentDeletionStatus");
        request::described(ask, SsoRequestKind::Unassignment, member, answer)
    },
);
