//! AttachManagedPolicyToPermissionSet: a policy of AWS's.

use portcullis_base::Value;

use super::{reference, row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "AttachManagedPolicyToPermissionSet",
    row::on!("AttachManagedPolicyToPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        scope::set(ask)?;
        let arn = reference::managed(ask, ask.text("ManagedPolicyArn")?)?;
        set::change(ask, draft, |record| {
            if record.managed.contains(&arn) {
                return Err(scope::conflict(format!("Policy {arn} is attached already.")));
            }
            reference::room(record)?;
            record.managed.push(arn.clone());
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
