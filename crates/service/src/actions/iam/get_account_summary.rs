//! GetAccountSummary: how many there are of everything, and how many there may be. Quotas of what cannot be made here
//! are left out.

use portcullis_base::Value;

use super::row;
use crate::action::{Ask, Row, no_resources};

/// The action.
pub const ROW: Row =
    row::read("GetAccountSummary", row::anywhere("iam:GetAccountSummary"), no_resources, |ask| {
        Ok(answer(ask))
    });

/// Quotas by AWS's name and ours.
const QUOTAS: [(&str, &str); 15] = [
    ("AccessKeysPerUserQuota", "access-keys-per-user"),
    ("AssumeRolePolicySizeQuota", "trust-policy-size"),
    ("AttachedPoliciesPerGroupQuota", "policies-per-group"),
    ("AttachedPoliciesPerRoleQuota", "policies-per-role"),
    ("AttachedPoliciesPerUserQuota", "policies-per-user"),
    ("GroupPolicySizeQuota", "inline-policy-size-group"),
    ("GroupsPerUserQuota", "groups-per-user"),
    ("GroupsQuota", "groups"),
    ("PoliciesQuota", "policies"),
    ("PolicySizeQuota", "policy-size"),
    ("RolePolicySizeQuota", "inline-policy-size-role"),
    ("RolesQuota", "roles"),
    ("UserPolicySizeQuota", "inline-policy-size-user"),
    ("UsersQuota", "users"),
    ("VersionsPerPolicyQuota", "versions-per-policy"),
];

/// Counts of what cannot be made here.
const NONE: [&str; 4] =
    ["AccountPasswordPresent", "AccountSigningCertificatesPresent", "InstanceProfiles", "ServerCertificates"];

fn answer(ask: &Ask<'_>) -> Value {
    let (account, snapshot) = (ask.account(), ask.snapshot);
    let versions: usize =
        snapshot.policies.list(account, None).map(|policy| policy.record.versions.len()).sum();
    let has_root_key = !snapshot.access_keys_of(account, None).is_empty();
    let has_root_device = !snapshot.mfa_devices_of(account, None).is_empty();
    let in_use = snapshot.mfa_devices.list(account, None).filter(|device| device.owner().is_some()).count();
    let providers = snapshot.oidc_providers.count(account) + snapshot.saml_providers.count(account);
    let mut summary = Value::structure()
        .with("Users", snapshot.users.count(account))
        .with("Groups", snapshot.groups.count(account))
        .with("Roles", snapshot.roles.count(account))
        .with("Policies", snapshot.policies.count(account))
        .with("PolicyVersionsInUse", versions)
        .with("AccountAccessKeysPresent", usize::from(has_root_key))
        .with("AccountMFAEnabled", usize::from(has_root_device))
        .with("MFADevices", snapshot.mfa_devices.count(account))
        .with("MFADevicesInUse", in_use)
        .with("Providers", providers);
    for name in NONE {
        summary.insert(name, 0_usize);
    }
    for (name, quota) in QUOTAS {
        summary.insert(name, ask.service.settings.limits.quota(quota));
    }
    Value::structure().with("SummaryMap", summary)
}
