//! DeleteInlinePolicyFromPermissionSet.

use portcullis_base::Value;

use super::{row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DeleteInlinePolicyFromPermissionSet",
    row::on!("DeleteInlinePolicyFromPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        set::change(ask, draft, |record| {
            record.inline = None;
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
