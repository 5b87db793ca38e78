//! DetachManagedPolicyFromPermissionSet.

use portcullis_base::Value;

use super::{row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DetachManagedPolicyFromPermissionSet",
    row::on!("DetachManagedPolicyFromPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        let arn = ask.text("ManagedPolicyArn")?;
        set::change(ask, draft, |record| {
            let before = record.managed.len();
            record.managed.retain(|held| held != arn);
            if record.managed.len() == before {
                return Err(scope::absent(format!("Policy {arn} is not attached to the permission set.")));
            }
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
