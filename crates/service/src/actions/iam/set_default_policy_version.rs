//! SetDefaultPolicyVersion: which version of a managed policy is in force, wherever it is attached.

use portcullis_base::Value;

use super::{row, target, version};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::change(
    "SetDefaultPolicyVersion",
    Permission::Named("iam:SetDefaultPolicyVersion", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = target::find_modifiable::<ManagedPolicy>(ask)?.record.clone();
    record.default_version = version::find(ask, &record)?.number;
    draft.put_policy(&record);
    Ok(Value::structure())
}
