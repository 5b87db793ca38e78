//! DisableAWSServiceAccess: a service may act for the organization no longer, and nobody administers it any more.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::change("DisableAWSServiceAccess", row::anywhere("organizations:DisableAWSServiceAccess"), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = scope::organization(ask)?.as_ref().clone();
    let principal = ask.text("ServicePrincipal")?;
    let before = record.services.len();
    record.services.retain(|held| held.principal != principal);
    if record.services.len() < before {
        record.administrators.retain(|held| held.principal != principal);
        if principal == super::IAM {
            record.root_features.clear();
        }
        draft.put_organization(&record);
    }
    Ok(Value::structure())
}
