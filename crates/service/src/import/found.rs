//! What files say there is, before it is held against what is here.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_base::{AccountId, Tags, Timestamp, UniqueId};

use super::report::Kind;
use crate::snapshot::iam_arn;

/// A user, group or role.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// Which of them.
    pub kind: Kind,
    /// Its unique id.
    pub id: UniqueId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
    /// The ARN of the policy that bounds it.
    pub boundary: Option<String>,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
    /// Names and texts of inline policies.
    pub inline: Vec<(String, String)>,
    /// Names of a user's groups.
    pub groups: Vec<String>,
    /// A role's trust policy.
    pub trust: Option<String>,
    /// The instance profiles that a role is in.
    pub profiles: Vec<FoundProfile>,
}

impl Holder {
    /// With the path.
    pub fn arn(&self) -> String {
        iam_arn(self.account, self.kind.word(), &self.path, &self.name)
    }
}

/// An instance profile, which stands with its role.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundProfile {
    /// Its unique id.
    pub id: UniqueId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
}

impl FoundProfile {
    /// With the path.
    pub fn arn(&self) -> String {
        iam_arn(self.account, "instance-profile", &self.path, &self.name)
    }
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Managed {
    /// Its unique id.
    pub id: UniqueId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// What it is for.
    pub description: Option<String>,
    /// The number of the version in force.
    pub default: u32,
    /// Number, text and date of each version, oldest first.
    pub versions: Vec<(u32, String, Timestamp)>,
}

impl Managed {
    /// With the path.
    pub fn arn(&self) -> String {
        iam_arn(self.account, "policy", &self.path, &self.name)
    }
}

/// A thing with the number of the file that it came from.
pub struct From<T> {
    /// The file.
    pub file: usize,
    /// The thing.
    pub it: T,
}

/// A bucket's policy.
pub struct FoundBucket {
    /// The bucket.
    pub name: String,
    /// Its policy.
    pub policy: String,
}

/// A listed account.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundAccount {
    /// What people call it.
    pub name: String,
    /// The address of its root user.
    pub email: String,
    /// When it joined.
    pub joined: Option<Timestamp>,
    /// Whether it was invited.
    pub is_invited: bool,
    /// Whether it is closed.
    pub is_closed: bool,
}

/// A listed policy of the organization.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundPolicy {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// AWS's name of its type.
    pub kind: String,
    /// Whether it is AWS's own.
    pub is_aws_managed: bool,
    /// Its text, if it was described.
    pub text: Option<String>,
}

/// What listings of an organization say.
#[derive(Default)]
pub struct Listings {
    /// `o-…` and the account that manages it.
    pub organization: Option<(String, AccountId)>,
    /// `r-…` and the types of policies that are enabled.
    pub root: Option<(String, Vec<String>)>,
    /// Accounts.
    pub accounts: BTreeMap<AccountId, From<FoundAccount>>,
    /// Units and their names.
    pub units: BTreeMap<String, From<String>>,
    /// What lies in what: accounts and units, and the root or unit above.
    pub parents: BTreeMap<String, String>,
    /// Policies.
    pub policies: BTreeMap<String, From<FoundPolicy>>,
    /// Targets and what is attached to them.
    pub attached: BTreeSet<(String, String)>,
    /// The organization's resource policy: `rp-…` and its text.
    pub delegation: Option<From<(String, String)>>,
    /// What has tags, by its id.
    pub tags: BTreeMap<String, From<Tags>>,
}

impl Listings {
    /// Whether any file was a listing of an organization.
    pub fn is_any(&self) -> bool {
        self.organization.is_some()
            || self.root.is_some()
            || !self.accounts.is_empty()
            || !self.units.is_empty()
            || !self.policies.is_empty()
            || !self.attached.is_empty()
            || self.delegation.is_some()
            || !self.tags.is_empty()
    }
}

/// All that files say there is.
#[derive(Default)]
pub struct Found {
    /// Users, groups and roles.
    pub holders: Vec<From<Holder>>,
    /// Managed policies.
    pub managed: Vec<From<Managed>>,
    /// Policies of AWS's own: ARN and the text in force.
    pub of_aws: BTreeMap<String, String>,
    /// The organization.
    pub listings: Listings,
    /// Buckets.
    pub buckets: Vec<From<FoundBucket>>,
    /// Of each account's details and each listing, whether some page had one after it, and whether one had none.
    pub pages: BTreeMap<String, (bool, bool)>,
}
