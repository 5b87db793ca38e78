//! DeleteResourcePolicy: from now on nobody in other accounts is let in by it.

use portcullis_base::Value;

use super::row;
use super::scope::{self, refuse};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::change("DeleteResourcePolicy", row::anywhere("organizations:DeleteResourcePolicy"), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = scope::organization(ask)?.as_ref().clone();
    if record.resource_policy.take().is_none() {
        return Err(refuse("ResourcePolicyNotFoundException", "The organization has no resource policy."));
    }
    draft.put_organization(&record);
    Ok(Value::structure())
}
