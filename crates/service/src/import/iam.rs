//! Users, groups, roles and managed policies: held against what is here, and made into records.

use std::collections::{BTreeSet, HashMap};

use portcullis_base::name::FoldedName;
use portcullis_base::{Tags, UniqueId};
use portcullis_policy::{Document, PolicyKind};
use portcullis_store::record::{
    DocumentRecord, GroupRecord, InlinePolicyRecord, PolicyRecord, PolicyVersionRecord, RoleRecord,
    UserRecord,
};
use portcullis_store::{Key, codec};
use thin_vec::ThinVec;

use super::found::{Found, Holder, Managed};
use super::json::is_same;
use super::needs;
use super::plan::{Desk, Plan};
use super::principal::Names;
use super::report::Kind;
use crate::snapshot::{Snapshot, iam_arn};

/// The longest session of a role whose maximum the files do not tell (IAM API reference, CreateRole).
const SESSION_DEFAULT_S: u32 = 3600;

/// Adds all of them to the plan.
pub fn add(found: &Found, desk: &Desk<'_>, names: &Names<'_>, plan: &mut Plan) {
    for held in &found.managed {
        needs::policy(&held.it, desk, &mut plan.needs);
        policy(&held.it, desk.file(held.file), desk, plan);
    }
    let groups: HashMap<_, _> = found
        .holders
        .iter()
        .filter(|held| held.it.kind == Kind::Group)
        .map(|held| ((held.it.account, FoldedName::new(&held.it.name)), held.it.arn()))
        .collect();
    for held in &found.holders {
        let account = held.it.account;
        let group_arn = |name: &str| {
            let here = || desk.here.groups.named(account, name).map(|group| group.arn.to_string());
            let found = groups.get(&(account, FoldedName::new(name))).cloned();
            found.or_else(here).unwrap_or_else(|| iam_arn(account, "group", "/", name))
        };
        needs::holder(&held.it, &group_arn, desk, &mut plan.needs);
        holder(&held.it, desk.file(held.file), desk, names, plan);
    }
}

/// What was found, compared with what is here under the same id or name.
pub enum Standing {
    /// Nothing has its id or its name.
    New,
    /// It is here.
    Same,
    /// Why it cannot come.
    Conflict(String),
}

/// How something stands, by what differs where its id is here, and by the id that its name has here.
pub fn standing(by_id: Option<Vec<&'static str>>, by_name: Option<UniqueId>, id: UniqueId) -> Standing {
    match (by_id, by_name) {
        (Some(differs), _) if differs.is_empty() => Standing::Same,
        (Some(differs), _) => {
            Standing::Conflict(format!("its id {id} is here already, with another {}", differs.join(", ")))
        }
        (None, Some(other)) => Standing::Conflict(format!("its name is here already, with the id {other}")),
        (None, None) => Standing::New,
    }
}

fn set<T: Ord>(items: impl Iterator<Item = T>) -> BTreeSet<T> {
    items.collect()
}

/// Tags as a set.
pub fn tags(tags: &Tags) -> BTreeSet<(&str, &str)> {
    set(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}

/// The names of what differs.
pub fn differing(pairs: &[(&'static str, bool)]) -> Vec<&'static str> {
    pairs.iter().filter(|(_, is_same)| !is_same).map(|(name, _)| *name).collect()
}

// -- managed policies ------------------------------------------------------------

fn policy(found: &Managed, file: &str, desk: &Desk<'_>, plan: &mut Plan) {
    let here = desk.here;
    let by_id = here.policies.get(found.id).map(|held| policy_differs(found, &held.record));
    let by_name = here.policies.named(found.account, &found.name).map(|held| held.record.id);
    match standing(by_id, by_name, found.id) {
        Standing::Same => plan.same(found.account, Kind::Policy),
        Standing::Conflict(reason) => plan.report.problem(file, found.arn(), reason),
        Standing::New => {
            let version = |(number, text, created): &(u32, String, _)| PolicyVersionRecord {
                number: *number,
                text: text.clone(),
                created: *created,
            };
            let record = PolicyRecord {
                id: found.id,
                account: found.account,
                name: found.name.as_str().into(),
                path: found.path.as_str().into(),
                created: found.created,
                updated: found.updated,
                tags: Tags::new(),
                description: found.description.clone(),
                default_version: found.default,
                last_version: found.versions.last().map_or(found.default, |(number, _, _)| *number),
                versions: found.versions.iter().map(version).collect(),
            };
            plan.take(
                found.account,
                Kind::Policy,
                Key::policy(found.account, found.id),
                codec::to_bytes(&record),
            );
        }
    }
}

fn policy_differs(found: &Managed, held: &PolicyRecord) -> Vec<&'static str> {
    let is_same_version = |(one, other): (&(u32, String, _), &PolicyVersionRecord)| {
        one.0 == other.number && one.2 == other.created && is_same(&one.1, &other.text)
    };
    let versions = found.versions.len() == held.versions.len()
        && found.versions.iter().zip(&held.versions).all(is_same_version);
    differing(&[
        ("account", found.account == held.account),
        ("name", found.name == held.name),
        ("path", found.path == held.path),
        ("date", found.created == held.created),
        ("version in force", found.default == held.default_version),
        ("text", versions),
    ])
}

// -- users, groups and roles -----------------------------------------------------

fn holder(found: &Holder, file: &str, desk: &Desk<'_>, names: &Names<'_>, plan: &mut Plan) {
    let lost: Vec<&String> = found.attached.iter().filter(|arn| names.policy(arn).is_none()).collect();
    for arn in &lost {
        let reason = format!("loses {arn}, which is not here: what it allows is not allowed");
        plan.report.omission(file, found.arn(), reason);
    }
    let here = desk.here;
    let table_name = |kind: Kind| match kind {
        Kind::User => here.users.named(found.account, &found.name).map(|held| held.record.id),
        Kind::Group => here.groups.named(found.account, &found.name).map(|held| held.record.id),
        _ => here.roles.named(found.account, &found.name).map(|held| held.record.id),
    };
    let by_id = held(here, found).map(|held| holder_differs(found, &held, &lost));
    match standing(by_id, table_name(found.kind), found.id) {
        Standing::Same => plan.same(found.account, found.kind),
        Standing::Conflict(reason) => plan.report.problem(file, found.arn(), reason),
        Standing::New => {
            let (key, value) = record(found, file, names, plan);
            if found.kind != Kind::Group {
                plan.principals.push((found.id, found.arn()));
            }
            plan.take(found.account, found.kind, key, value);
        }
    }
}

/// What is here under the id of what was found, as a file would say it.
fn held(here: &Snapshot, found: &Holder) -> Option<Holder> {
    let arns = |ids: &[UniqueId]| -> Vec<String> {
        ids.iter().filter_map(|id| here.policies.get(*id).map(|policy| policy.arn.to_string())).collect()
    };
    let boundary = |id: Option<UniqueId>| arns(id.as_slice()).pop();
    let inline = |records: &[InlinePolicyRecord]| {
        records.iter().map(|record| (record.name.to_string(), record.document.text.clone())).collect()
    };
    let plain = |account, name: &str, path: &str, created| Holder {
        account,
        name: name.to_owned(),
        path: path.to_owned(),
        created,
        tags: Tags::new(),
        boundary: None,
        attached: Vec::new(),
        inline: Vec::new(),
        groups: Vec::new(),
        trust: None,
        // Each is compared for itself.
        profiles: Vec::new(),
        ..found.clone()
    };
    match found.kind {
        Kind::User => here.users.get(found.id).map(|held| {
            let record = &held.record;
            let groups = record.groups.iter().filter_map(|id| here.groups.get(*id));
            Holder {
                tags: record.tags.clone(),
                boundary: boundary(record.boundary),
                attached: arns(&record.attached),
                inline: inline(&record.inline),
                groups: groups.map(|group| group.record.name.to_string()).collect(),
                ..plain(record.account, &record.name, &record.path, record.created)
            }
        }),
        Kind::Group => here.groups.get(found.id).map(|held| {
            let record = &held.record;
            Holder {
                attached: arns(&record.attached),
                inline: inline(&record.inline),
                ..plain(record.account, &record.name, &record.path, record.created)
            }
        }),
        _ => here.roles.get(found.id).map(|held| {
            let record = &held.record;
            Holder {
                tags: record.tags.clone(),
                boundary: boundary(record.boundary),
                attached: arns(&record.attached),
                inline: inline(&record.inline),
                trust: Some(here.shown(&record.trust)),
                ..plain(record.account, &record.name, &record.path, record.created)
            }
        }),
    }
}

fn holder_differs(found: &Holder, held: &Holder, lost: &[&String]) -> Vec<&'static str> {
    let attached = set(found.attached.iter().filter(|arn| !lost.contains(arn)));
    let is_same_inline = found.inline.len() == held.inline.len()
        && found
            .inline
            .iter()
            .all(|(name, text)| held.inline.iter().any(|(other, its)| name == other && is_same(text, its)));
    let is_same_trust = match (&found.trust, &held.trust) {
        (Some(one), Some(other)) => is_same(one, other),
        (one, other) => one == other,
    };
    differing(&[
        ("account", found.account == held.account),
        ("name", found.name == held.name),
        ("path", found.path == held.path),
        ("date", found.created == held.created),
        ("set of tags", tags(&found.tags) == tags(&held.tags)),
        ("boundary", found.boundary == held.boundary),
        ("set of attached policies", attached == set(held.attached.iter())),
        ("set of inline policies", is_same_inline),
        ("set of groups", set(found.groups.iter()) == set(held.groups.iter())),
        ("trust policy", is_same_trust),
    ])
}

/// The record of what is new.
fn record(found: &Holder, file: &str, names: &Names<'_>, plan: &mut Plan) -> (Key, Vec<u8>) {
    let Holder { id, account, created, .. } = *found;
    let (name, path) = (found.name.as_str().into(), found.path.as_str().into());
    let tags = found.tags.clone();
    let boundary = found.boundary.as_deref().and_then(|arn| names.policy(arn));
    let attached: ThinVec<UniqueId> = found.attached.iter().filter_map(|arn| names.policy(arn)).collect();
    let inline = |(name, text): &(String, String)| InlinePolicyRecord {
        name: name.as_str().into(),
        document: DocumentRecord { text: text.clone(), principals: ThinVec::new() },
    };
    let inline: ThinVec<InlinePolicyRecord> = found.inline.iter().map(inline).collect();
    match found.kind {
        Kind::User => {
            let groups = found.groups.iter().filter_map(|name| names.group(account, name)).collect();
            let record =
                UserRecord { id, account, name, path, created, tags, boundary, attached, inline, groups };
            (Key::user(account, id), codec::to_bytes(&record))
        }
        Kind::Group => {
            let record = GroupRecord { id, account, name, path, created, attached, inline };
            (Key::group(account, id), codec::to_bytes(&record))
        }
        _ => {
            let text = found.trust.as_deref().unwrap_or_default();
            // One that does not parse is a problem already, and nothing is stored.
            let document = portcullis_policy::parse(text, PolicyKind::Trust)
                .map_or_else(|_| Document::unreadable(), |parsed| parsed.document);
            let (trust, nobody) = names.resolved(text, &document);
            note_nobody(file, &found.arn(), nobody, plan);
            let record = RoleRecord {
                id,
                account,
                name,
                path,
                created,
                tags,
                boundary,
                attached,
                inline,
                trust,
                description: None,
                max_session_s: SESSION_DEFAULT_S,
            };
            (Key::role(account, id), codec::to_bytes(&record))
        }
    }
}

/// Notes the names in a document that stand for nobody.
pub fn note_nobody(file: &str, entity: &str, nobody: Vec<String>, plan: &mut Plan) {
    let remark = |reason| super::Remark { file: file.to_owned(), entity: entity.to_owned(), reason };
    plan.report.nobody.extend(nobody.into_iter().map(remark));
}
