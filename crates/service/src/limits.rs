//! Quotas and bounds, each with the AWS page it comes from, and the operator's changes to them.
//!
//! Source unless said otherwise: IAM User Guide, "IAM and AWS STS quotas".

use std::collections::BTreeMap;

/// One quota: its name for `--quota NAME=VALUE`, and AWS's default.
struct Quota {
    name: &'static str,
    default: usize,
}

/// Every quota that can be raised.
const QUOTAS: &[Quota] = &[
    Quota { name: "users", default: 5000 },
    Quota { name: "groups", default: 300 },
    Quota { name: "roles", default: 1000 },
    Quota { name: "policies", default: 1500 },
    Quota { name: "instance-profiles", default: 1000 },
    Quota { name: "policies-per-user", default: 10 },
    Quota { name: "policies-per-role", default: 10 },
    Quota { name: "policies-per-group", default: 10 },
    Quota { name: "groups-per-user", default: 10 },
    Quota { name: "access-keys-per-user", default: 2 },
    Quota { name: "mfa-devices-per-user", default: 8 },
    Quota { name: "oidc-providers", default: 100 },
    Quota { name: "saml-providers", default: 100 },
    Quota { name: "ssh-public-keys-per-user", default: 5 },
    Quota { name: "versions-per-policy", default: 5 },
    Quota { name: "policy-size", default: 6144 },
    Quota { name: "inline-policy-size-user", default: 2048 },
    Quota { name: "inline-policy-size-role", default: 10_240 },
    Quota { name: "inline-policy-size-group", default: 5120 },
    Quota { name: "trust-policy-size", default: 2048 },
    Quota { name: "tags", default: 50 },
    // Organizations User Guide, "Quotas".
    Quota { name: "accounts", default: 10 },
    Quota { name: "organizational-units", default: 2000 },
    Quota { name: "organization-policies", default: 1000 },
    Quota { name: "scps-per-target", default: 5 },
    Quota { name: "rcps-per-target", default: 5 },
    Quota { name: "scp-size", default: 5120 },
    Quota { name: "rcp-size", default: 5120 },
    Quota { name: "management-policy-size", default: 10_000 },
    Quota { name: "management-policies-per-target", default: 10 },
    // IAM Identity Center User Guide, "IAM Identity Center quotas".
    Quota { name: "permission-sets", default: 2000 },
    Quota { name: "directory-users", default: 100_000 },
    Quota { name: "directory-groups", default: 100_000 },
    Quota { name: "groups-per-directory-user", default: 1000 },
    // S3 User Guide, "Bucket quotas".
    Quota { name: "buckets", default: 10_000 },
    // S3 User Guide, "Bucket policies": 20 KB.
    Quota { name: "bucket-policy-size", default: 20_480 },
];

/// The quotas in force.
#[derive(Debug, Clone)]
pub struct Limits(
    // INVARIANT: holds every name of QUOTAS and no other.
    BTreeMap<&'static str, usize>,
);

/// A name that is no quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no quota named {name}; the quotas are {}", Limits::names().collect::<Vec<_>>().join(", "))]
pub struct UnknownQuota {
    name: String,
}

impl Default for Limits {
    /// AWS's defaults.
    fn default() -> Self {
        Self(QUOTAS.iter().map(|quota| (quota.name, quota.default)).collect())
    }
}

impl Limits {
    /// The names of all quotas.
    pub fn names() -> impl Iterator<Item = &'static str> {
        QUOTAS.iter().map(|quota| quota.name)
    }

    /// Sets a quota.
    ///
    /// # Errors
    /// [`UnknownQuota`] when there is none of this name.
    pub fn set(&mut self, name: &str, value: usize) -> Result<(), UnknownQuota> {
        match QUOTAS.iter().find(|quota| quota.name == name) {
            Some(quota) => {
                self.0.insert(quota.name, value);
                Ok(())
            }
            None => Err(UnknownQuota { name: name.to_owned() }),
        }
    }

    /// A quota's value; zero, which refuses everything, for a name that is none.
    pub fn quota(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or(0)
    }
}

/// Longest chain of sessions a token may carry.
pub const ANCESTORS_MAX: usize = 16;
/// Bytes that session policy, policy ARNs and tags may take when packed; `PackedPolicySize` is a percentage of it.
pub const PACKED_BYTES_MAX: usize = 2048;
/// Longest session token, so that it fits a header and a query string.
pub const TOKEN_BYTES_MAX: usize = 4096;
/// Keys that the ring holds at most. One is made a day and destroyed a day and a half after its replacement; the rest
/// are those that were asked for.
pub const RING_KEYS_MAX: usize = 64;
/// Longest session policy with the ARNs passed beside it, in characters (STS API reference, AssumeRole).
pub const SESSION_POLICY_CHARS_MAX: usize = 2048;
/// Managed policies that can be passed as session policies (STS API reference, AssumeRole).
pub const SESSION_POLICIES_MAX: usize = 10;
/// Tags of one session, inherited ones included (STS API reference, AssumeRole).
pub const SESSION_TAGS_MAX: usize = 50;
/// Longest role session, in seconds, for a caller with temporary credentials (IAM User Guide, "Role chaining").
pub const CHAINED_SESSION_S_MAX: u32 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_raised_by_name_only() {
        let mut limits = Limits::default();
        assert_eq!(limits.quota("users"), 5000);
        limits.set("users", 100_000).unwrap();
        assert_eq!(limits.quota("users"), 100_000);
        let message = limits.set("userz", 1).unwrap_err().to_string();
        assert!(message.contains("no quota named userz") && message.contains("groups-per-user"), "{message}");
    }
}
