//! The entities of a snapshot: their records, with everything ready that a decision needs.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use portcullis_base::{AccessKeyId, AccountId, Arn, Secret, Timestamp, UniqueId};
use portcullis_policy::PolicyKind;
use portcullis_policy::serving::{Compiled, PolicySet};
use portcullis_store::record::{
    AccessKeyOwner, BucketRecord, GroupRecord, InlinePolicyRecord, InstanceProfileRecord, MfaDeviceRecord,
    OidcProviderRecord, PolicyRecord, RoleRecord, SamlProviderRecord, UserRecord,
};

use thin_vec::ThinVec;

use super::document::{bound, compiled, unreadable};
use super::table::Entity;
use crate::actions::s3::is_public;
use crate::federation::saml::trust::Trust;

/// Where the roles lie that AWS makes for its services (IAM User Guide, "Create a service-linked role").
pub const SERVICE_LINKED_PATH: &str = "/aws-service-role/";

/// A document that is compiled when it is first needed. Most of the documents of a large deployment are needed by
/// nobody for days, and compiled they take several times the room of their texts.
type Held = OnceLock<Arc<Compiled>>;

/// A user.
pub struct User {
    /// As stored.
    pub record: UserRecord,
    /// With the path.
    pub arn: Box<str>,
    // INVARIANT: as many as the record has inline policies.
    inline: ThinVec<Held>,
    /// All its policies under one index, where they are many: made by the request that first needs them.
    pub together: ArcSwapOption<PolicySet>,
}

/// A role.
pub struct Role {
    /// As stored.
    pub record: RoleRecord,
    /// With the path.
    pub arn: Box<str>,
    // INVARIANT: as many as the record has inline policies.
    inline: ThinVec<Held>,
    trust: Held,
    /// All its policies under one index, where they are many: made by the request that first needs them.
    pub together: ArcSwapOption<PolicySet>,
}

/// A group.
pub struct Group {
    /// As stored.
    pub record: GroupRecord,
    /// With the path.
    pub arn: Box<str>,
    // INVARIANT: as many as the record has inline policies.
    inline: ThinVec<Held>,
}

/// A managed policy.
pub struct ManagedPolicy {
    /// As stored.
    pub record: PolicyRecord,
    /// With the path.
    pub arn: Box<str>,
    document: Held,
}

/// An instance profile.
pub struct InstanceProfile {
    /// As stored.
    pub record: InstanceProfileRecord,
    /// With the path.
    pub arn: String,
}

/// A long-term access key with its secret.
pub struct AccessKey {
    /// `AKIA…`
    pub id: AccessKeyId,
    /// Whose account.
    pub account: AccountId,
    /// Whose it is.
    pub owner: AccessKeyOwner,
    /// The opened secret.
    pub secret: Secret,
    /// `Active` or `Inactive`.
    pub is_active: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// A bucket.
pub struct Bucket {
    /// As stored.
    pub record: BucketRecord,
    /// `arn:aws:s3:::NAME`.
    pub arn: String,
    /// Its policy, compiled.
    pub policy: Option<Arc<Compiled>>,
    /// Whether that policy makes it public, as S3 defines it.
    pub is_public: bool,
}

/// A virtual MFA device with its seed.
pub struct MfaDevice {
    /// As stored.
    pub record: MfaDeviceRecord,
    /// Its serial number.
    pub arn: String,
    /// The opened seed.
    pub seed: Secret,
}

/// An OpenID Connect provider.
pub struct OidcProvider {
    /// As stored.
    pub record: OidcProviderRecord,
    /// With the issuer's path.
    pub arn: String,
}

/// A SAML provider.
pub struct SamlProvider {
    /// As stored.
    pub record: SamlProviderRecord,
    /// Its ARN.
    pub arn: String,
    trust: OnceLock<Option<Trust>>,
}

/// Gives back the room that a list was read into: it is for several items, and most lists have one.
fn fit<T>(list: &mut ThinVec<T>) {
    list.shrink_to_fit();
}

fn held(records: &[InlinePolicyRecord]) -> ThinVec<Held> {
    let mut held: ThinVec<Held> = records.iter().map(|_| Held::new()).collect();
    fit(&mut held);
    held
}

fn inline<'a>(
    records: &'a [InlinePolicyRecord],
    held: &'a [Held],
) -> impl Iterator<Item = (&'a str, &'a Arc<Compiled>)> {
    records.iter().zip(held).map(|(record, held)| {
        let document = held.get_or_init(|| compiled(&record.document.text, PolicyKind::Identity));
        (record.name.as_str(), document)
    })
}

/// The ARN of an IAM entity: `arn:aws:iam::ACCOUNT:kind/path/name`.
pub fn iam_arn(account: AccountId, kind: &str, path: &str, name: &str) -> String {
    Arn::iam(account, &format!("{kind}{path}{name}")).to_string()
}

impl User {
    /// Makes a record ready.
    pub fn new(mut record: UserRecord) -> Arc<Self> {
        fit(&mut record.attached);
        fit(&mut record.inline);
        fit(&mut record.groups);
        let arn = iam_arn(record.account, "user", &record.path, &record.name).into();
        Arc::new(Self { inline: held(&record.inline), arn, record, together: ArcSwapOption::empty() })
    }

    /// Names and documents of its inline policies, in the record's order.
    pub fn inline(&self) -> impl Iterator<Item = (&str, &Arc<Compiled>)> {
        inline(&self.record.inline, &self.inline)
    }
}

impl Role {
    /// Makes a record ready.
    pub fn new(mut record: RoleRecord) -> Arc<Self> {
        fit(&mut record.attached);
        fit(&mut record.inline);
        let arn = iam_arn(record.account, "role", &record.path, &record.name).into();
        Arc::new(Self {
            inline: held(&record.inline),
            record,
            arn,
            trust: Held::new(),
            together: ArcSwapOption::empty(),
        })
    }

    /// Names and documents of its inline policies, in the record's order.
    pub fn inline(&self) -> impl Iterator<Item = (&str, &Arc<Compiled>)> {
        inline(&self.record.inline, &self.inline)
    }

    /// Who may assume it.
    pub fn trust(&self) -> &Arc<Compiled> {
        self.trust.get_or_init(|| bound(&self.record.trust, PolicyKind::Trust))
    }

    /// Whether it is AWS's own, made for a service.
    pub fn is_service_linked(&self) -> bool {
        self.record.path.starts_with(SERVICE_LINKED_PATH)
    }
}

impl Group {
    /// Makes a record ready.
    pub fn new(record: GroupRecord) -> Arc<Self> {
        let arn = iam_arn(record.account, "group", &record.path, &record.name).into();
        Arc::new(Self { inline: held(&record.inline), arn, record })
    }

    /// Names and documents of its inline policies, in the record's order.
    pub fn inline(&self) -> impl Iterator<Item = (&str, &Arc<Compiled>)> {
        inline(&self.record.inline, &self.inline)
    }
}

impl ManagedPolicy {
    /// Makes a record ready.
    pub fn new(mut record: PolicyRecord) -> Arc<Self> {
        fit(&mut record.versions);
        let arn = iam_arn(record.account, "policy", &record.path, &record.name).into();
        Arc::new(Self { record, arn, document: Held::new() })
    }

    /// The version in force. One that is not there denies everything.
    pub fn document(&self) -> &Arc<Compiled> {
        self.document.get_or_init(|| {
            let in_force = self.record.default_version;
            match self.record.versions.iter().find(|version| version.number == in_force) {
                Some(version) => compiled(&version.text, PolicyKind::Identity),
                None => Arc::clone(unreadable()),
            }
        })
    }

    /// Whether users, roles and groups can have it: what AWS wrote for service-linked roles they cannot.
    pub fn is_attachable(&self) -> bool {
        !(self.record.account == AccountId::AWS && self.record.path.starts_with(SERVICE_LINKED_PATH))
    }
}

impl InstanceProfile {
    /// Makes a record ready.
    pub fn new(record: InstanceProfileRecord) -> Arc<Self> {
        let arn = iam_arn(record.account, "instance-profile", &record.path, &record.name);
        Arc::new(Self { record, arn })
    }
}

impl Bucket {
    /// Makes a record ready.
    pub fn new(record: BucketRecord) -> Arc<Self> {
        let arn = format!("arn:aws:s3:::{}", record.name);
        let policy = record.policy.as_ref().map(|policy| bound(policy, PolicyKind::Resource));
        let is_public = record.policy.as_ref().is_some_and(|policy| is_public(&policy.text));
        Arc::new(Self { record, arn, policy, is_public })
    }

    /// Its policy, as far as a caller of this account is concerned. RestrictPublicBuckets takes a public policy from
    /// everybody outside the owner's account, to whom without a policy nothing is granted (S3: "Blocking public
    /// access to your Amazon S3 storage").
    pub fn policy_towards(&self, caller: Option<AccountId>) -> Option<&Compiled> {
        let restricts = self.record.public_access_block.is_some_and(|block| block.restrict_public_buckets);
        let is_stranger = caller != Some(self.record.account);
        self.policy.as_deref().filter(|_| !(restricts && self.is_public && is_stranger))
    }
}

impl MfaDevice {
    /// Makes a record ready, with the seed that was sealed in it.
    pub fn new(record: MfaDeviceRecord, seed: Secret) -> Arc<Self> {
        let arn = iam_arn(record.account, "mfa", &record.path, &record.name);
        Arc::new(Self { record, arn, seed })
    }

    /// Whose it is, if it is enabled.
    pub fn owner(&self) -> Option<AccessKeyOwner> {
        self.record.assigned.map(|assigned| assigned.owner)
    }
}

impl OidcProvider {
    /// Makes a record ready.
    pub fn new(record: OidcProviderRecord) -> Arc<Self> {
        let arn = iam_arn(record.account, "oidc-provider", "/", &record.name);
        Arc::new(Self { record, arn })
    }
}

impl SamlProvider {
    /// Makes a record ready.
    pub fn new(record: SamlProviderRecord) -> Arc<Self> {
        let arn = iam_arn(record.account, "saml-provider", "/", &record.name);
        Arc::new(Self { record, arn, trust: OnceLock::new() })
    }

    /// What its metadata is believed for, as long as that is valid. Read when it is first asked for.
    pub fn trust(&self, now: Timestamp) -> Option<&Trust> {
        let is_valid = self.record.valid_until_ms.is_none_or(|until| now.millis() < until);
        self.trust.get_or_init(|| Trust::of(&self.record.metadata)).as_ref().filter(|_| is_valid)
    }
}

macro_rules! entity {
    ($($kind:ty),*) => {
        $(impl Entity for $kind {
            fn id(&self) -> UniqueId {
                self.record.id
            }
            fn account(&self) -> AccountId {
                self.record.account
            }
            fn name(&self) -> &str {
                &self.record.name
            }
        })*
    };
}

entity!(User, Role, Group, ManagedPolicy, InstanceProfile, MfaDevice, OidcProvider, SamlProvider);
