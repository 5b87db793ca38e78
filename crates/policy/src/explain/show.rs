//! How callers, principals, keys and layers are called when they are told to people.

use crate::document::Clause;
use crate::key::ConditionKey;
use crate::layers::{FederatedParent, Layer, Principal};
use crate::principal_match::Entry;

/// Keys in AWS's spelling; the policy keeps them folded.
const KEYS: [&str; 48] = [
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:Referer",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "iam:AWSServiceName",
    "iam:AssociatedResourceArn",
    "iam:PassedToService",
    "iam:PermissionsBoundary",
    "iam:PolicyARN",
    "identitystore:UserId",
    "sts:AWSServiceName",
    "sts:DurationSeconds",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
    "s3:ResourceAccount",
];

/// Prefixes of keys that end in the name of a tag.
const TAG_PREFIXES: [&str; 7] = [
    "aws:PrincipalTag/",
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "iam:ResourceTag/",
    "s3:ExistingObjectTag/",
    "s3:RequestObjectTag/",
    "sts:RequestTag/",
];

/// A key as AWS spells it, as far as that is known.
pub(super) fn key(key: &ConditionKey) -> String {
    let folded = key.as_str();
    if let Some(known) = KEYS.iter().find(|known| known.eq_ignore_ascii_case(folded)) {
        return (*known).to_owned();
    }
    let tag = TAG_PREFIXES.iter().find_map(|prefix| {
        let (head, tail) = folded.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| format!("{prefix}{tail}"))
    });
    tag.unwrap_or_else(|| folded.to_owned())
}

/// Whether a key says who the caller is: the same caller cannot bring another value.
pub(super) fn is_fixed_by_caller(key: &ConditionKey) -> bool {
    let folded = key.as_str();
    let fixed = ["aws:principal", "aws:userid", "aws:username", "identitystore:userid"];
    fixed.iter().any(|prefix| folded.starts_with(prefix))
}

/// The caller in words.
pub(super) fn caller(principal: &Principal) -> String {
    match principal {
        Principal::Anonymous => "an anonymous caller".to_owned(),
        Principal::Root { account, .. } => format!("the root user of {account}"),
        Principal::User { arn, session: None, .. } => format!("the user {arn}"),
        Principal::User { arn, session: Some(_), .. } => {
            format!("the user {arn} with credentials from GetSessionToken")
        }
        Principal::Federated { arn, parent: FederatedParent::User { arn: maker, .. }, .. } => {
            format!("the federated user {arn}, made by {maker}")
        }
        Principal::Federated { arn, parent: FederatedParent::Root, .. } => {
            format!("the federated user {arn}, made by the root user")
        }
        Principal::RoleSession { session_arn, role_arn, .. } => {
            format!("the role session {session_arn} of {role_arn}")
        }
        Principal::Service { name } => format!("the service {name}"),
        Principal::ExternalIdentity { provider } => format!("an identity of the provider {provider}"),
    }
}

/// The names by which a Principal element may reach the caller, the most exact first.
pub(super) fn names(principal: &Principal) -> Vec<String> {
    let mut names = match principal {
        Principal::Anonymous => vec!["anonymous".to_owned()],
        Principal::Root { account, .. } => vec![format!("arn:aws:iam::{account}:root")],
        Principal::User { arn, id, .. } => vec![arn.clone(), id.to_string()],
        Principal::Federated { arn, parent, .. } => match parent {
            FederatedParent::User { id, arn: maker } => vec![arn.clone(), maker.clone(), id.to_string()],
            FederatedParent::Root => vec![arn.clone()],
        },
        Principal::RoleSession { session_arn, role_arn, role_id, .. } => {
            vec![session_arn.clone(), role_arn.clone(), role_id.to_string()]
        }
        Principal::Service { name } => vec![name.clone()],
        Principal::ExternalIdentity { provider } => vec![provider.clone()],
    };
    names.extend(principal.account().map(|account| format!("account {account}")));
    names
}

/// An entry of a Principal element.
pub(super) fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Everyone => "*".to_owned(),
        Entry::Account(account) => format!("arn:aws:iam::{account}:root"),
        Entry::Id(id) => id.to_string(),
        Entry::Named { arn, id: None } => arn.clone(),
        Entry::Named { arn, id: Some(id) } => format!("{arn} (the one with id {id})"),
        Entry::Nobody(arn) => format!("{arn} (which is nobody)"),
        Entry::Session(text) | Entry::Service(text) | Entry::Provider(text) => text.clone(),
    }
}

/// Whether a clause is the negated form of its element.
pub(super) fn is_negated<T>(clause: &Clause<T>) -> bool {
    matches!(clause, Clause::AllBut(_))
}

impl Layer {
    /// The kind of policy, as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Revocation => "revocations",
            Self::Scp => "service control policies",
            Self::Rcp => "resource control policies",
            Self::Identity => "identity-based policies",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policies",
            Self::Resource => "resource-based policy",
            Self::Trust => "role trust policy",
        }
    }

    /// The kind of policy in one word, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revocation => "revocations",
            Self::Scp => "scps",
            Self::Rcp => "rcps",
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Resource => "resource",
            Self::Trust => "trust",
        }
    }
}
