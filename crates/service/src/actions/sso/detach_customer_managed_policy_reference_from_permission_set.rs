//! DetachCustomerManagedPolicyReferenceFromPermissionSet.

use portcullis_base::Value;

use super::{reference, row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    row::on!("DetachCustomerManagedPolicyReferenceFromPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        let reference = reference::requested(ask)?;
        set::change(ask, draft, |record| {
            let before = record.customer.len();
            record.customer.retain(|held| *held != reference);
            if record.customer.len() == before {
                let name = &reference.name;
                return Err(scope::absent(format!("Policy {name} is not attached to the permission set.")));
            }
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
