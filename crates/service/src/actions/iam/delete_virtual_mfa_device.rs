//! DeleteVirtualMFADevice: only when it is nobody's. What was remembered of its codes goes with it.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row = row::change(
    "DeleteVirtualMFADevice",
    Permission::Named("iam:DeleteVirtualMFADevice", target::need::<MfaDevice>),
    target::concerned::<MfaDevice>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let record = &target::find::<MfaDevice>(ask)?.record;
    if record.assigned.is_some() {
        return Err(ApiError::delete_conflict("MFA VirtualDevice in use. Must deactivate first."));
    }
    draft.delete(Key::mfa_device(record.account, record.id));
    draft.delete(Key::mfa_use(record.id));
    Ok(Value::structure())
}
