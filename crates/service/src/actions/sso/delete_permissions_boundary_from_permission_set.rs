//! DeletePermissionsBoundaryFromPermissionSet.

use portcullis_base::Value;

use super::{row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DeletePermissionsBoundaryFromPermissionSet",
    row::on!("DeletePermissionsBoundaryFromPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        set::change(ask, draft, |record| match record.boundary.take() {
            Some(_) => Ok(()),
            None => Err(scope::absent("The permission set has no permissions boundary.")),
        })?;
        Ok(Value::structure())
    },
);
