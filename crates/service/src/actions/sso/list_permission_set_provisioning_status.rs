//! ListPermissionSetProvisioningStatus: the requests that are remembered, the newest first.

use portcullis_store::record::SsoRequestKind;

use super::{request, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "ListPermissionSetProvisioningStatus",
    row::on!("ListPermissionSetProvisioningStatus", scope::On::Instance),
    |ask| {
        let (list, answer) = ("provisioning-requests", "PermissionSetsProvisioningStatus");
        request::listed(ask, SsoRequestKind::Provisioning, list, answer)
    },
);
