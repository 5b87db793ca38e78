//! AttachCustomerManagedPolicyReferenceToPermissionSet: a policy that each account has of its own under this name.

use portcullis_base::Value;

use super::{reference, row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
    row::on!("AttachCustomerManagedPolicyReferenceToPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        let reference = reference::requested(ask)?;
        set::change(ask, draft, |record| {
            if record.customer.contains(&reference) {
                return Err(scope::conflict(format!("Policy {} is attached already.", reference.name)));
            }
            reference::room(record)?;
            record.customer.push(reference);
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
