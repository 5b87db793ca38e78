//! ListOrganizationalUnitsForParent: the units right below a root or unit.

use super::{row, scope, shown};
use crate::action::{Permission, Row};
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListOrganizationalUnitsForParent",
    Permission::Named("organizations:ListOrganizationalUnitsForParent", |ask, action| {
        scope::one(ask, action, "ParentId")
    }),
    |ask| {
        let organization = scope::organization(ask)?;
        let parent = scope::parent(ask, "ParentId", "ParentNotFoundException")?.id();
        Ok(Page::next(ask, "units")?.answer(
            "OrganizationalUnits",
            ask.snapshot.accounts.units().filter(|unit| unit.parent == parent),
            |unit| unit.id.clone(),
            |unit| shown::unit(ask, organization, unit),
        ))
    },
);
