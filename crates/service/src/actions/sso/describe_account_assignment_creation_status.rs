//! DescribeAccountAssignmentCreationStatus: what came of a request.

use portcullis_store::record::SsoRequestKind;

use super::{request, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribeAccountAssignmentCreationStatus",
    row::on!("DescribeAccountAssignmentCreationStatus", scope::On::Instance),
    |ask| {
        let (member, answer) = ("AccountAssignmentCreationRequestId", "AccountAssignmentCreationStatus");
        request::described(ask, SsoRequestKind::Assignment, member, answer)
    },
);
