//! DeletePolicyVersion: a version that is not in force goes for good; its number is never given again.

use portcullis_base::Value;

use super::{row, target, version};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::change(
    "DeletePolicyVersion",
    Permission::Named("iam:DeletePolicyVersion", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = target::find_modifiable::<ManagedPolicy>(ask)?.record.clone();
    let number = version::find(ask, &record)?.number;
    if number == record.default_version {
        return Err(ApiError::delete_conflict("Cannot delete the default version of a policy."));
    }
    record.versions.retain(|version| version.number != number);
    draft.put_policy(&record);
    Ok(Value::structure())
}
