//! Amazon Resource Names: `arn:partition:service:region:account:resource`.
//!
//! An ARN is split at its first five colons; the sixth part is the whole remainder and may hold further
//! colons and slashes (AWS: "Amazon Resource Names (ARNs)").

use std::fmt;
use std::str::FromStr;

use crate::account::AccountId;

/// A parsed ARN. Parts may be empty except the first three.
///
/// ```
/// use portcullis_base::Arn;
/// let arn: Arn = "arn:aws:iam::123456789012:role/path/Admin".parse().unwrap();
/// assert_eq!(arn.service(), "iam");
/// assert_eq!(arn.resource(), "role/path/Admin");
/// assert_eq!(arn.resource_after("role/"), Some("path/Admin"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    // INVARIANT: has at least five colons and begins with "arn:".
    text: String,
}

/// The text is not an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ARN has six parts, arn:partition:service:region:account:resource")]
pub struct NotAnArn;

/// The partition in which this product issues ARNs.
pub const PARTITION: &str = "aws";

impl Arn {
    /// Puts an ARN together in the `aws` partition.
    pub fn new(service: &str, region: &str, account: &str, resource: &str) -> Self {
        Self { text: format!("arn:{PARTITION}:{service}:{region}:{account}:{resource}") }
    }

    /// `arn:aws:iam::ACCOUNT:RESOURCE`.
    pub fn iam(account: AccountId, resource: &str) -> Self {
        Self::new("iam", "", &account.to_string(), resource)
    }

    /// `arn:aws:sts::ACCOUNT:RESOURCE`.
    pub fn sts(account: AccountId, resource: &str) -> Self {
        Self::new("sts", "", &account.to_string(), resource)
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn part(&self, index: usize) -> &str {
        self.text.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// `aws`, `aws-cn`, …
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// `iam`, `s3`, …
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The region, empty for global resources.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account part as it stands, empty for S3 buckets.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// The account part as an account id, if it is one.
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// Everything after the fifth colon.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// What follows `prefix` in the resource part, if it begins so.
    pub fn resource_after(&self, prefix: &str) -> Option<&str> {
        self.resource().strip_prefix(prefix)
    }
}

impl FromStr for Arn {
    type Err = NotAnArn;

    fn from_str(text: &str) -> Result<Self, NotAnArn> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next() == Some("arn")
            && parts.next().is_some_and(|partition| !partition.is_empty())
            && parts.next().is_some_and(|service| !service.is_empty())
            && parts.next().is_some()
            && parts.next().is_some()
            && parts.next().is_some_and(|resource| !resource.is_empty());
        if is_arn { Ok(Self { text: text.to_owned() }) } else { Err(NotAnArn) }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}
