//! DeletePolicy: only when it is attached nowhere.

use portcullis_base::Value;
use portcullis_store::Key;

use super::scope::{self, refuse};
use super::{policy_type, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "DeletePolicy",
    Permission::Named("organizations:DeletePolicy", |ask, action| scope::one(ask, action, "PolicyId")),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let policy = scope::policy(ask)?;
    policy_type::immutable(&policy.record.id)?;
    if !ask.snapshot.accounts.targets(&policy.record.id).is_empty() {
        return Err(refuse(
            "PolicyInUseException",
            "The policy is still attached; detach it everywhere first.",
        ));
    }
    draft.delete(Key::organization_policy(&policy.record.id));
    Ok(Value::structure())
}
