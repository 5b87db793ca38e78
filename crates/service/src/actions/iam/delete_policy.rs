//! DeletePolicy: only when nobody uses it, as a boundary neither, and it has no version but the default one.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::change(
    "DeletePolicy",
    Permission::Named("iam:DeletePolicy", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let record = &target::find_modifiable::<ManagedPolicy>(ask)?.record;
    if ask.snapshot.usages_of(record.account, record.id).next().is_some() {
        return Err(ApiError::delete_conflict("Cannot delete a policy attached to entities."));
    }
    if record.versions.len() > 1 {
        return Err(ApiError::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's \
             versions. The default version is deleted with the policy.",
        ));
    }
    draft.delete(Key::policy(record.account, record.id));
    Ok(Value::structure())
}
