//! EnableAWSServiceAccess: a service may act for the organization.

use portcullis_base::Value;
use portcullis_store::record::ServiceAccessRecord;

use super::{row, scope};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::change("EnableAWSServiceAccess", row::anywhere("organizations:EnableAWSServiceAccess"), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = scope::organization(ask)?.as_ref().clone();
    let principal = ask.text("ServicePrincipal")?;
    if !principal.ends_with(".amazonaws.com") {
        return Err(scope::invalid(
            "UNRECOGNIZED_SERVICE_PRINCIPAL",
            format!("{principal} is no service principal, such as iam.amazonaws.com."),
        ));
    }
    if record.services.iter().all(|held| held.principal != principal) {
        record.services.push(ServiceAccessRecord { principal: principal.to_owned(), since: ask.now });
        draft.put_organization(&record);
    }
    Ok(Value::structure())
}
