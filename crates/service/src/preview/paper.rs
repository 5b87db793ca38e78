//! The documents that a record brings into decisions, with whose they are: what a change of the record changes.

use portcullis_base::UniqueId;
use portcullis_policy::{Document, PolicyKind};
use portcullis_store::record::{DocumentRecord, InlinePolicyRecord};
use portcullis_store::{Key, key};

use crate::snapshot::organization::{RCP, SCP};
use crate::snapshot::{Group, ManagedPolicy, Role, Snapshot, User, family, last_part};

/// A document where it has a say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The name of an inline policy, the ARN of a managed one, or what else it is.
    pub name: String,
    /// The ARN of what it is attached to.
    pub holder: String,
    /// Its grammar.
    pub kind: PolicyKind,
    /// What it says.
    pub text: String,
    /// Whom it names, as it was when it was saved.
    ids: Vec<(String, UniqueId)>,
}

impl Paper {
    fn plain(name: &str, holder: &str, kind: PolicyKind, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            holder: holder.to_owned(),
            kind,
            text: text.to_owned(),
            ids: Vec::new(),
        }
    }

    fn bound(name: &str, holder: &str, kind: PolicyKind, record: &DocumentRecord) -> Self {
        let ids = record.principals.iter().map(|held| (held.arn.clone(), held.id)).collect();
        Self { ids, ..Self::plain(name, holder, kind, &record.text) }
    }

    /// Whether it stands in the same place as another.
    pub fn is_namesake(&self, other: &Self) -> bool {
        (&self.name, &self.holder, self.kind) == (&other.name, &other.holder, other.kind)
    }

    /// As decisions read it; one that cannot be read denies everything.
    pub fn document(&self) -> Document {
        portcullis_policy::parse(&self.text, self.kind).map_or_else(
            |_| Document::unreadable(),
            |parsed| {
                let mut document = parsed.document;
                document.settle(&self.ids);
                document
            },
        )
    }
}

/// The text of a managed policy that is in force.
pub fn in_force(policy: &ManagedPolicy) -> &str {
    let record = &policy.record;
    let version = record.versions.iter().find(|version| version.number == record.default_version);
    version.map_or("", |version| &version.text)
}

fn inline(holder: &str, records: &[InlinePolicyRecord], papers: &mut Vec<Paper>) {
    papers.extend(
        records
            .iter()
            .map(|held| Paper::plain(&held.name, holder, PolicyKind::Identity, &held.document.text)),
    );
}

fn managed(snapshot: &Snapshot, holder: &str, ids: &[UniqueId], papers: &mut Vec<Paper>) {
    let held = ids.iter().filter_map(|id| snapshot.policies.get(*id));
    papers
        .extend(held.map(|policy| Paper::plain(&policy.arn, holder, PolicyKind::Identity, in_force(policy))));
}

fn of_group(snapshot: &Snapshot, group: &Group, papers: &mut Vec<Paper>) {
    inline(&group.arn, &group.record.inline, papers);
    managed(snapshot, &group.arn, &group.record.attached, papers);
}

fn of_user(snapshot: &Snapshot, user: &User, papers: &mut Vec<Paper>) {
    inline(&user.arn, &user.record.inline, papers);
    managed(snapshot, &user.arn, &user.record.attached, papers);
    managed(snapshot, &user.arn, user.record.boundary.as_slice(), papers);
    for group in user.record.groups.iter().filter_map(|id| snapshot.groups.get(*id)) {
        of_group(snapshot, group, papers);
    }
}

fn of_role(snapshot: &Snapshot, role: &Role, papers: &mut Vec<Paper>) {
    inline(&role.arn, &role.record.inline, papers);
    managed(snapshot, &role.arn, &role.record.attached, papers);
    managed(snapshot, &role.arn, role.record.boundary.as_slice(), papers);
    papers.push(Paper::bound("trust policy", &role.arn, PolicyKind::Trust, &role.record.trust));
}

fn of_organization(snapshot: &Snapshot, papers: &mut Vec<Paper>) {
    let accounts = &snapshot.accounts;
    let delegated = accounts.organization().and_then(|record| record.resource_policy.as_ref());
    if let (Some(delegation), Some(held)) = (accounts.delegation(), delegated) {
        let name = "the organization's resource policy";
        papers.push(Paper::bound(name, &delegation.arn, PolicyKind::Resource, &held.document));
    }
    for policy in accounts.policies() {
        let kind = match policy.record.kind.as_str() {
            SCP => PolicyKind::Scp,
            RCP => PolicyKind::Rcp,
            _ => continue,
        };
        let targets = accounts.targets(&policy.record.id);
        papers.extend(
            targets.iter().map(|node| Paper::plain(&policy.arn, &node.id(), kind, &policy.record.text)),
        );
    }
}

/// The unique id in a key of ours.
pub fn id_in(key: &Key) -> Option<UniqueId> {
    last_part(key).parse().ok()
}

/// Whether a record is of the organization, whose guardrails are put together from all of them.
pub fn is_of_organization(key: &Key) -> bool {
    [key::ACCOUNTS, key::ORGANIZATION, key::UNITS, key::ORGANIZATION_POLICIES].contains(&family(key))
}

/// The documents that these records bring into decisions.
pub fn of_records<'k>(snapshot: &Snapshot, keys: impl Iterator<Item = &'k Key>) -> Vec<Paper> {
    let (mut papers, mut has_organization) = (Vec::new(), false);
    for key in keys {
        let id = id_in(key);
        match family(key) {
            key::USERS => {
                id.and_then(|id| snapshot.users.get(id)).into_iter().for_each(|user| {
                    of_user(snapshot, user, &mut papers);
                });
            }
            key::ROLES => {
                id.and_then(|id| snapshot.roles.get(id)).into_iter().for_each(|role| {
                    of_role(snapshot, role, &mut papers);
                });
            }
            key::GROUPS => {
                id.and_then(|id| snapshot.groups.get(id)).into_iter().for_each(|group| {
                    of_group(snapshot, group, &mut papers);
                });
            }
            key::POLICIES => {
                papers.extend(id.and_then(|id| snapshot.policies.get(id)).map(|policy| {
                    Paper::plain(&policy.arn, &policy.arn, PolicyKind::Identity, in_force(policy))
                }));
            }
            key::BUCKETS => papers.extend(snapshot.bucket(last_part(key)).and_then(|bucket| {
                let policy = bucket.record.policy.as_ref()?;
                Some(Paper::bound("bucket policy", &bucket.arn, PolicyKind::Resource, policy))
            })),
            _ if is_of_organization(key) && !has_organization => {
                has_organization = true;
                of_organization(snapshot, &mut papers);
            }
            _ => {}
        }
    }
    papers
}
