//! UpdateOrganizationalUnit: another name for a unit.

use portcullis_base::Value;

use super::{create_organizational_unit, row, scope, shown};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "UpdateOrganizationalUnit",
    Permission::Named("organizations:UpdateOrganizationalUnit", |ask, action| {
        scope::one(ask, action, "OrganizationalUnitId")
    }),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let mut record = scope::unit(ask)?.as_ref().clone();
    if let Some(name) = ask.input.text("Name").filter(|name| *name != record.name) {
        create_organizational_unit::vacant(ask, &record.parent, name)?;
        name.clone_into(&mut record.name);
        draft.put_unit(&record);
    }
    Ok(Value::structure().with("OrganizationalUnit", shown::unit(ask, organization, &record)))
}
