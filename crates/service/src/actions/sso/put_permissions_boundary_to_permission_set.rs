//! PutPermissionsBoundaryToPermissionSet.

use portcullis_base::Value;

use super::{reference, row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "PutPermissionsBoundaryToPermissionSet",
    row::on!("PutPermissionsBoundaryToPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        scope::set(ask)?;
        let boundary = reference::boundary(ask)?;
        set::change(ask, draft, |record| {
            record.boundary = Some(boundary);
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
