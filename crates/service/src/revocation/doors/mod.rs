//! The other doors: bucket and trust policies that still let a target in although its own permissions are gone.
//!
//! ```text
//! hits -> faces (as whom they come) -> each policy -> the engine, without permissions of their own -> doors
//! ```

mod face;

use std::collections::BTreeSet;

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::{Document, Guarded, PolicyKind, openings};
use portcullis_store::record::DocumentRecord;
use serde_json::Value as Json;

use crate::snapshot::{Bucket, Role, Snapshot};
pub use face::{Face, face_of, faces, user_id};

/// Faces that are asked about. A target with more sessions than this of different names is asked about by these.
pub const FACES_MAX: usize = 64;

/// What a door is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorKind {
    /// A bucket of this name.
    Bucket(String),
    /// The trust policy of this role.
    Trust(UniqueId, String),
}

/// A statement that lets a target in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// What it is of.
    pub kind: DoorKind,
    /// The resource.
    pub arn: String,
    /// Whose it is.
    pub account: AccountId,
    /// The statement's Sid, or its place, from one.
    pub statement: String,
    /// Its Principal as written.
    pub principal: String,
    /// Its Action as written; with `NotAction` in front, all but these.
    pub actions: Vec<String>,
    /// The condition keys that only a request decides.
    pub undecided: Vec<String>,
    /// Whether it lies in another account, where the target's own permissions count as well.
    pub is_elsewhere: bool,
    /// Whether it lets in what the revocation is about, and what that made.
    pub lets_in: BTreeSet<bool>,
}

/// The doors that are open to these faces. `only` is the one account whose resources may be told.
pub fn open(snapshot: &Snapshot, faces: &[Face], only: Option<AccountId>) -> Vec<Door> {
    let faces = faces.get(..FACES_MAX).unwrap_or(faces);
    if faces.is_empty() {
        return Vec::new();
    }
    let may_tell = |account: AccountId| only.is_none_or(|only| only == account);
    let mut doors = Vec::new();
    for bucket in snapshot.buckets_after("").filter(|bucket| may_tell(bucket.record.account)) {
        of_bucket(bucket, faces, &mut doors);
    }
    let accounts: BTreeSet<AccountId> =
        snapshot.accounts.all().map(|record| record.id).chain([snapshot.account]).collect();
    for account in accounts.into_iter().filter(|account| may_tell(*account)) {
        for role in snapshot.roles.list(account, None).filter(|role| !role.is_service_linked()) {
            of_role(role, faces, &mut doors);
        }
    }
    doors
}

fn of_bucket(bucket: &Bucket, faces: &[Face], doors: &mut Vec<Door>) {
    let Some(policy) = &bucket.record.policy else { return };
    let faces = faces.iter().filter(|face| bucket.policy_towards(Some(face.account)).is_some());
    let kind = DoorKind::Bucket(bucket.record.name.clone());
    let place = Place { kind, guarded: Guarded::Bucket(&bucket.arn), account: bucket.record.account };
    of_policy(policy, PolicyKind::Resource, &place, faces, doors);
}

fn of_role(role: &Role, faces: &[Face], doors: &mut Vec<Door>) {
    let kind = DoorKind::Trust(role.record.id, role.record.name.to_string());
    let place = Place { kind, guarded: Guarded::Role(&role.arn), account: role.record.account };
    of_policy(&role.record.trust, PolicyKind::Trust, &place, faces.iter(), doors);
}

struct Place<'a> {
    kind: DoorKind,
    guarded: Guarded<'a>,
    account: AccountId,
}

fn of_policy<'a>(
    policy: &DocumentRecord,
    kind: PolicyKind,
    place: &Place<'_>,
    faces: impl Iterator<Item = &'a Face>,
    doors: &mut Vec<Door>,
) {
    // What cannot be read denies everything.
    let Ok(parsed) = portcullis_policy::parse(&policy.text, kind) else { return };
    let mut document: Document = parsed.document;
    let ids: Vec<(String, UniqueId)> =
        policy.principals.iter().map(|principal| (principal.arn.clone(), principal.id)).collect();
    document.settle(&ids);
    let mut found: std::collections::BTreeMap<usize, Door> = std::collections::BTreeMap::new();
    for face in faces {
        let is_elsewhere = face.account != place.account;
        let visitor = face.visitor(!is_elsewhere);
        for opening in openings(&document, place.guarded, &visitor) {
            let door = found
                .entry(opening.index)
                .or_insert_with(|| door(place, &policy.text, opening.index, is_elsewhere));
            door.lets_in.insert(face.is_descendant);
            for key in opening.undecided {
                if !door.undecided.contains(&key) {
                    door.undecided.push(key);
                }
            }
        }
    }
    doors.extend(found.into_values());
}

fn door(place: &Place<'_>, text: &str, index: usize, is_elsewhere: bool) -> Door {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let statement = match json.get("Statement") {
        Some(Json::Array(all)) => all.get(index).cloned(),
        other => other.cloned(),
    }
    .unwrap_or_default();
    let (Guarded::Bucket(arn) | Guarded::Role(arn)) = place.guarded;
    let texts = |name: &str| -> Vec<String> {
        match statement.get(name) {
            Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            Some(Json::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    };
    let mut actions = texts("Action");
    actions.extend(texts("NotAction").into_iter().map(|action| format!("NotAction {action}")));
    let principal = match statement.get("Principal") {
        Some(Json::String(text)) => text.clone(),
        Some(principal) => principal.to_string(),
        None => statement.get("NotPrincipal").map(|all| format!("NotPrincipal {all}")).unwrap_or_default(),
    };
    Door {
        kind: place.kind.clone(),
        arn: arn.to_owned(),
        account: place.account,
        statement: statement
            .get("Sid")
            .and_then(Json::as_str)
            .filter(|sid| !sid.is_empty())
            .map_or_else(|| (index + 1).to_string(), str::to_owned),
        principal,
        actions,
        undecided: Vec::new(),
        is_elsewhere,
        lets_in: BTreeSet::new(),
    }
}
