//! DescribeOrganizationalUnit: a unit.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "DescribeOrganizationalUnit",
    Permission::Named("organizations:DescribeOrganizationalUnit", |ask, action| {
        scope::one(ask, action, "OrganizationalUnitId")
    }),
    |ask| {
        let organization = scope::organization(ask)?;
        let unit = scope::unit(ask)?;
        Ok(Value::structure().with("OrganizationalUnit", shown::unit(ask, organization, &unit)))
    },
);
