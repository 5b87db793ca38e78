//! The central management of member accounts' root users: on and off, by the management account or whoever administers
//! IAM for the organization (IAM User Guide, "Centralize root access for member accounts").

use portcullis_base::Value;
use portcullis_store::record::OrganizationRecord;

use super::row;
use crate::action::{Ask, Need, Permission, Row, no_resources};
use crate::actions::organizations::{IAM, ROOT_CREDENTIALS, ROOT_SESSIONS, administers_iam};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// EnableOrganizationsRootCredentialsManagement.
pub const ENABLE_CREDENTIALS: Row = row::change(
    "EnableOrganizationsRootCredentialsManagement",
    named("iam:EnableOrganizationsRootCredentialsManagement"),
    no_resources,
    |ask, draft| switch(ask, draft, ROOT_CREDENTIALS, true),
);

/// DisableOrganizationsRootCredentialsManagement.
pub const DISABLE_CREDENTIALS: Row = row::change(
    "DisableOrganizationsRootCredentialsManagement",
    named("iam:DisableOrganizationsRootCredentialsManagement"),
    no_resources,
    |ask, draft| switch(ask, draft, ROOT_CREDENTIALS, false),
);

/// EnableOrganizationsRootSessions.
pub const ENABLE_SESSIONS: Row = row::change(
    "EnableOrganizationsRootSessions",
    named("iam:EnableOrganizationsRootSessions"),
    no_resources,
    |ask, draft| switch(ask, draft, ROOT_SESSIONS, true),
);

/// DisableOrganizationsRootSessions.
pub const DISABLE_SESSIONS: Row = row::change(
    "DisableOrganizationsRootSessions",
    named("iam:DisableOrganizationsRootSessions"),
    no_resources,
    |ask, draft| switch(ask, draft, ROOT_SESSIONS, false),
);

/// ListOrganizationsFeatures.
pub const LIST: Row =
    row::read("ListOrganizationsFeatures", named("iam:ListOrganizationsFeatures"), no_resources, |ask| {
        Ok(shown(&organization(ask)?))
    });

const fn named(action: &'static str) -> Permission {
    Permission::Named(action, |ask, action| Ok(Need::anywhere(action, ask.account())))
}

fn refuse(code: &'static str, message: &str) -> ApiError {
    ApiError::caller(code, 400, message)
}

fn organization(ask: &Ask<'_>) -> Result<OrganizationRecord, ApiError> {
    let held = ask
        .snapshot
        .accounts
        .organization_of(ask.account())
        .ok_or_else(|| refuse("OrganizationNotFoundException", "The account is in no organization."))?;
    if !administers_iam(held, ask.account()) {
        let message = "Only the management account and delegated administrators of IAM may ask.";
        return Err(refuse("AccountNotManagementOrDelegatedAdministratorException", message));
    }
    if held.services.iter().all(|service| service.principal != IAM) {
        let message = "IAM may not act for the organization; see EnableAWSServiceAccess.";
        return Err(refuse("ServiceAccessNotEnabledException", message));
    }
    Ok(held.as_ref().clone())
}

fn switch(ask: &Authorized<'_>, draft: &mut Draft, feature: &str, is_on: bool) -> Result<Value, ApiError> {
    let mut record = organization(ask)?;
    let held = record.root_features.iter().any(|held| held == feature);
    if held != is_on {
        record.root_features.retain(|held| held != feature);
        if is_on {
            record.root_features.push(feature.to_owned());
        }
        record.root_features.sort_unstable();
        draft.put_organization(&record);
    }
    Ok(shown(&record))
}

fn shown(record: &OrganizationRecord) -> Value {
    let features: Value = record.root_features.iter().map(|feature| Value::from(feature.as_str())).collect();
    Value::structure().with("OrganizationId", record.id.as_str()).with("EnabledFeatures", features)
}
