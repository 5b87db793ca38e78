//! GetAccountSummary: how many there are of everything, and how many there may be. Quotas of what cannot be made here
//! are left out.

use portcullis_base::{AccountId, Value};

use super::row;
use crate::action::{Ask, Row, no_resources};
use crate::snapshot::Snapshot;

/// The action.
pub const ROW: Row =
    row::read("GetAccountSummary", row::anywhere("iam:GetAccountSummary"), no_resources, |ask| {
        Ok(answer(ask))
    });

/// Quotas by AWS's name and ours.
const QUOTAS: [(&str, &str); 16] = [
    ("AccessKeysPerUserQuota", "access-keys-per-user"),
    ("AssumeRolePolicySizeQuota", "trust-policy-size"),
    ("AttachedPoliciesPerGroupQuota", "policies-per-group"),
    ("AttachedPoliciesPerRoleQuota", "policies-per-role"),
    ("AttachedPoliciesPerUserQuota", "policies-per-user"),
    ("GroupPolicySizeQuota", "inline-policy-size-group"),
    ("GroupsPerUserQuota", "groups-per-user"),
    ("GroupsQuota", "groups"),
    ("InstanceProfilesQuota", "instance-profiles"),
    ("PoliciesQuota", "policies"),
    ("PolicySizeQuota", "policy-size"),
    ("RolePolicySizeQuota", "inline-policy-size-role"),
    ("RolesQuota", "roles"),
    ("UserPolicySizeQuota", "inline-policy-size-user"),
    ("UsersQuota", "users"),
    ("VersionsPerPolicyQuota", "versions-per-policy"),
];

/// A count in an account.
type Count = fn(&Snapshot, AccountId) -> usize;

/// What cannot be made here.
const NONE: Count = |_, _| 0;

/// Every count by AWS's name.
const COUNTS: [(&str, Count); 15] = [
    ("AccountAccessKeysPresent", |snapshot, account| {
        usize::from(!snapshot.access_keys_of(account, None).is_empty())
    }),
    ("AccountMFAEnabled", |snapshot, account| {
        usize::from(!snapshot.mfa_devices_of(account, None).is_empty())
    }),
    ("AccountPasswordPresent", NONE),
    ("AccountSigningCertificatesPresent", NONE),
    ("GlobalEndpointTokenVersion", |snapshot, account| {
        let settings = snapshot.belongings.settings_of(account);
        usize::from(settings.and_then(|settings| settings.global_token_version).unwrap_or(1))
    }),
    ("Groups", |snapshot, account| snapshot.groups.count(account)),
    ("InstanceProfiles", |snapshot, account| snapshot.belongings.instance_profiles.count(account)),
    ("MFADevices", |snapshot, account| snapshot.mfa_devices.count(account)),
    ("MFADevicesInUse", |snapshot, account| {
        snapshot.mfa_devices.list(account, None).filter(|device| device.owner().is_some()).count()
    }),
    ("Policies", |snapshot, account| snapshot.policies.count(account)),
    ("PolicyVersionsInUse", |snapshot, account| {
        snapshot.policies.list(account, None).map(|policy| policy.record.versions.len()).sum()
    }),
    ("Providers", |snapshot, account| {
        snapshot.oidc_providers.count(account) + snapshot.saml_providers.count(account)
    }),
    ("Roles", |snapshot, account| snapshot.roles.count(account)),
    ("ServerCertificates", NONE),
    ("Users", |snapshot, account| snapshot.users.count(account)),
];

fn answer(ask: &Ask<'_>) -> Value {
    let (account, snapshot) = (ask.account(), ask.snapshot);
    let mut summary = Value::structure();
    for (name, count) in COUNTS {
        summary.insert(name, count(snapshot, account));
    }
    for (name, quota) in QUOTAS {
        summary.insert(name, ask.service.settings.limits.quota(quota));
    }
    Value::structure().with("SummaryMap", summary)
}
