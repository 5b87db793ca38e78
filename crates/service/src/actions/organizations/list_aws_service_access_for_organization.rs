//! ListAWSServiceAccessForOrganization: the services that may act for the organization.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListAWSServiceAccessForOrganization",
    row::anywhere("organizations:ListAWSServiceAccessForOrganization"),
    |ask| {
        let mut services = scope::organization(ask)?.services.clone();
        services.sort_by(|one, other| one.principal.cmp(&other.principal));
        Ok(Page::next(ask, "services")?.answer(
            "EnabledServicePrincipals",
            services,
            |service| service.principal.clone(),
            |service| {
                Value::structure()
                    .with("ServicePrincipal", service.principal.as_str())
                    .with("DateEnabled", service.since)
            },
        ))
    },
);
