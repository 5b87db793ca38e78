//! GetPermissionsBoundaryForPermissionSet.

use portcullis_base::Value;
use portcullis_store::record::SetBoundary;

use super::{reference, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "GetPermissionsBoundaryForPermissionSet",
    row::on!("GetPermissionsBoundaryForPermissionSet", scope::On::Instance, scope::On::Set),
    |ask| {
        let boundary = scope::set(ask)?.boundary.as_ref();
        let boundary =
            boundary.ok_or_else(|| scope::absent("The permission set has no permissions boundary."))?;
        let shown = match boundary {
            SetBoundary::Managed(arn) => Value::structure().with("ManagedPolicyArn", arn.as_str()),
            SetBoundary::Customer(held) => {
                Value::structure().with("CustomerManagedPolicyReference", reference::shown(held))
            }
        };
        Ok(Value::structure().with("PermissionsBoundary", shown))
    },
);
