//! DeleteOrganizationalUnit: only when nothing is in it any more.

use portcullis_base::Value;
use portcullis_store::Key;

use super::row;
use super::scope::{self, refuse};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "DeleteOrganizationalUnit",
    Permission::Named("organizations:DeleteOrganizationalUnit", |ask, action| {
        scope::one(ask, action, "OrganizationalUnitId")
    }),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let unit = scope::unit(ask)?;
    let accounts = &ask.snapshot.accounts;
    let has_units = accounts.units().any(|held| held.parent == unit.id);
    if has_units || accounts.members().any(|(_, membership)| membership.parent == unit.id) {
        return Err(refuse(
            "OrganizationalUnitNotEmptyException",
            "The unit is not empty; move its accounts and delete its units first.",
        ));
    }
    draft.delete(Key::unit(&unit.id));
    Ok(Value::structure())
}
