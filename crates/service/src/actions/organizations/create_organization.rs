//! CreateOrganization: the deployment's own account becomes the management account of an organization.

use portcullis_base::{Tags, Value};
use portcullis_store::record::{AccountRecord, MembershipRecord, OrganizationRecord};

use super::scope::{constraint, refuse};
use super::{ids, policy_type, row, shown};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::organization::SCP;

/// The action.
pub const ROW: Row =
    row::change("CreateOrganization", row::own_account("organizations:CreateOrganization"), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (accounts, management) = (&ask.snapshot.accounts, ask.account());
    if accounts.place(management).is_some() {
        return Err(refuse("AlreadyInOrganizationException", "Your account is already in an organization."));
    }
    if management != ask.snapshot.account {
        // A deployment has one organization, and it is its operator's.
        return Err(ApiError::access_denied(
            ask.family,
            format!("Only account {} can manage an organization here.", ask.snapshot.account),
        ));
    }
    if ask.input.text("FeatureSet") == Some("CONSOLIDATED_BILLING") {
        return Err(constraint(
            "CREATE_ORGANIZATION_IN_BILLING_MODE_UNSUPPORTED_REGION",
            "There are no bills here to consolidate; make an organization with all features.",
        ));
    }
    // Service control policies are enabled from the beginning (API reference, CreateOrganization).
    let policy_types = vec![SCP.to_owned()];
    let attached = policy_type::first_policies(&policy_types);
    let record = OrganizationRecord {
        id: ids::fresh(ask, "o", 10),
        management,
        root_id: ids::fresh(ask, "r", 4),
        created: ask.now,
        policy_types,
        attached: attached.clone(),
        tags: Tags::new(),
        services: Vec::new(),
        administrators: Vec::new(),
        root_features: Vec::new(),
        resource_policy: None,
    };
    let account = AccountRecord {
        id: management,
        name: "management".to_owned(),
        email: super::root_email(management),
        created: ask.now,
        is_closed: false,
        membership: Some(MembershipRecord {
            parent: record.root_id.clone(),
            joined: ask.now,
            is_invited: true,
            attached,
            tags: Tags::new(),
        }),
    };
    draft.put_organization(&record);
    draft.put_account(&account);
    let answer = shown::organization(ask, &record).with("MasterAccountEmail", account.email);
    Ok(Value::structure().with("Organization", answer))
}
