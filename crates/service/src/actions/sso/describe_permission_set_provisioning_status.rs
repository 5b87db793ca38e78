//! DescribePermissionSetProvisioningStatus: what came of a request.

use portcullis_store::record::SsoRequestKind;

use super::{request, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribePermissionSetProvisioningStatus",
    row::on!("DescribePermissionSetProvisioningStatus", scope::On::Instance),
    |ask| {
        let (member, answer) = ("ProvisionPermissionSetRequestId", "PermissionSetProvisioningStatus");
        request::described(ask, SsoRequestKind::Provisioning, member, answer)
    },
);
