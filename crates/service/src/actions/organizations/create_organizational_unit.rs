//! CreateOrganizationalUnit: a unit in the root or in another unit, five deep at most.

use portcullis_base::Value;
use portcullis_store::record::UnitRecord;

use super::scope::{self, constraint, refuse};
use super::{ids, policy_type, row, shown, tagging};
use crate::action::{Ask, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::organization::UNIT_DEPTH_MAX;

const CREATE: &str = "organizations:CreateOrganizationalUnit";

/// The action.
pub const ROW: Row = row::change(
    "CreateOrganizationalUnit",
    Permission::Several(&[CREATE, scope::TAG], |ask| {
        Ok(scope::tagged(ask, scope::one(ask, CREATE, "ParentId")?))
    }),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let parent = scope::parent(ask, "ParentId", "ParentNotFoundException")?.id();
    let accounts = &ask.snapshot.accounts;
    let name = ask.text("Name")?;
    vacant(ask, &parent, name)?;
    let most = ask.service.settings.limits.quota("organizational-units");
    if accounts.units().count() >= most {
        return Err(constraint(
            "OU_NUMBER_LIMIT_EXCEEDED",
            format!("An organization has {most} units at most."),
        ));
    }
    // The line of the parent has the root besides units.
    if accounts.line(&parent).len() > UNIT_DEPTH_MAX {
        return Err(constraint(
            "OU_DEPTH_LIMIT_EXCEEDED",
            format!("Units can lie within each other {UNIT_DEPTH_MAX} deep at most."),
        ));
    }
    let record = UnitRecord {
        id: ids::unit(ask, &organization.root_id),
        parent,
        name: name.to_owned(),
        attached: policy_type::first_policies(&organization.policy_types),
        tags: tagging::requested(ask)?,
    };
    draft.put_unit(&record);
    Ok(Value::structure().with("OrganizationalUnit", shown::unit(ask, organization, &record)))
}

/// Refuses a name that another unit of the same parent has.
///
/// # Errors
/// `DuplicateOrganizationalUnitException`.
pub fn vacant(ask: &Ask<'_>, parent: &str, name: &str) -> Result<(), ApiError> {
    let mut units = ask.snapshot.accounts.units();
    if units.any(|unit| unit.parent == parent && unit.name == name) {
        return Err(refuse(
            "DuplicateOrganizationalUnitException",
            format!("There is already a unit named {name} in {parent}."),
        ));
    }
    Ok(())
}
