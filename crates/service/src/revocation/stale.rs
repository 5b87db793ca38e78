//! Denies about sessions that no live session can match any more: what an administrator wrote to be kept for twelve
//! hours and then to be taken away. They are found, and nothing is done about them.
//!
//! Each policy is held against the sessions that it has a say in: a role's against the role's, a bucket's against all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use portcullis_base::{AccountId, Timestamp, UniqueId};
use portcullis_policy::{PolicyKind, session_denies};
use portcullis_store::record::{DocumentRecord, InlinePolicyRecord};
use thin_vec::ThinVec;

use super::doors::{Face, face_of};
use crate::sessions::{Filter, Live, Sessions};
use crate::snapshot::Snapshot;

/// Sessions that a policy without holders is held against. If there are more, no such policy is judged.
const SESSIONS_MAX: usize = 9_000;
/// The longest session of a user.
const USER_SESSION: Duration = Duration::from_hours(36);

/// What a policy is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An inline policy of a role: the role's name, the policy's.
    Role(String, String),
    /// One of a user.
    User(String, String),
    /// One of a group.
    Group(String, String),
    /// A managed policy, by its ARN.
    Managed(String),
    /// A bucket's policy.
    Bucket(String),
    /// A role's trust policy.
    Trust(String),
    /// A service control policy, by id and name.
    Scp(String, String),
}

/// A statement that matches nobody any more.
#[derive(Debug, Clone)]
pub struct Stale {
    /// Where it stands.
    pub place: Place,
    /// The ARN of what has the policy.
    pub arn: String,
    /// Its place in the document.
    pub index: usize,
    /// The document as it would be saved again.
    pub text: String,
    /// Since when it could go for certain; absent where it names sessions of any time.
    pub since: Option<Timestamp>,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// The statements.
    pub stale: Vec<Stale>,
    /// Whether policies were left out because there are too many sessions.
    pub is_incomplete: bool,
}

/// A policy that is looked at.
struct Policy<'a> {
    place: Place,
    arn: &'a str,
    document: &'a DocumentRecord,
    kind: PolicyKind,
    /// The longest session that it has a say in.
    longest: Duration,
}

/// Looks through one account.
pub struct Look<'a> {
    /// As things are.
    pub snapshot: &'a Snapshot,
    /// Whose sessions there are.
    pub sessions: &'a Sessions,
    /// Whose policies.
    pub account: AccountId,
    /// The reading of the clock.
    pub now: Timestamp,
}

impl<'a> Policy<'a> {
    fn of(place: Place, arn: &'a str, document: &'a DocumentRecord, kind: PolicyKind) -> Self {
        Self { place, arn, document, kind, longest: USER_SESSION }
    }
}

/// Whether a text may hold a Deny.
fn denies(text: &str) -> bool {
    text.contains("Deny")
}

/// A document that names no principals.
fn unnamed(text: &str) -> DocumentRecord {
    DocumentRecord { text: text.to_owned(), principals: ThinVec::new() }
}

/// The sessions that a policy has a say in; `None` if there are too many to tell.
type Audience = Option<Vec<Face>>;

impl Look<'_> {
    /// All stale denies, and the organization's where the account manages it.
    pub fn all(&self) -> Found {
        let mut found = Found::default();
        self.principals(&mut found);
        let everybody = self.everybody();
        found.is_incomplete = everybody.is_none();
        for bucket in self.snapshot.buckets_after("").filter(|bucket| bucket.record.account == self.account) {
            let Some(document) = &bucket.record.policy else { continue };
            let place = Place::Bucket(bucket.record.name.clone());
            self.judge(
                &Policy::of(place, &bucket.arn, document, PolicyKind::Resource),
                &everybody,
                &mut found,
            );
        }
        for role in self.snapshot.roles.list(self.account, None) {
            let place = Place::Trust(role.record.name.to_string());
            let policy = Policy::of(place, &role.arn, &role.record.trust, PolicyKind::Trust);
            self.judge(&policy, &everybody, &mut found);
        }
        self.guardrails(&everybody, &mut found);
        found
    }

    fn guardrails(&self, everybody: &Audience, found: &mut Found) {
        let accounts = &self.snapshot.accounts;
        if accounts.organization().is_none_or(|organization| organization.management != self.account) {
            return;
        }
        for policy in accounts.policies().filter(|policy| !policy.is_aws_managed) {
            let record = &policy.record;
            if record.kind == "SERVICE_CONTROL_POLICY" {
                let place = Place::Scp(record.id.clone(), record.name.clone());
                let document = unnamed(&record.text);
                self.judge(&Policy::of(place, &policy.arn, &document, PolicyKind::Scp), everybody, found);
            }
        }
    }

    fn principals(&self, found: &mut Found) {
        for role in self.snapshot.roles.list(self.account, None) {
            let longest = Duration::from_secs(u64::from(role.record.max_session_s));
            let (name, ids) = (role.record.name.to_string(), [role.record.id]);
            let place = |policy: &str| Place::Role(name.clone(), policy.to_owned());
            self.inline(&role.record.inline, place, &role.arn, &ids, longest, found);
        }
        for user in self.snapshot.users.list(self.account, None) {
            let (name, ids) = (user.record.name.to_string(), [user.record.id]);
            let place = |policy: &str| Place::User(name.clone(), policy.to_owned());
            self.inline(&user.record.inline, place, &user.arn, &ids, USER_SESSION, found);
        }
        for group in self.snapshot.groups.list(self.account, None) {
            let members = self.snapshot.members_of(group.record.id).map(|user| user.record.id);
            let (name, ids) = (group.record.name.to_string(), members.collect::<Vec<_>>());
            let place = |policy: &str| Place::Group(name.clone(), policy.to_owned());
            self.inline(&group.record.inline, place, &group.arn, &ids, USER_SESSION, found);
        }
        for policy in self.snapshot.policies.list(self.account, None) {
            let holders = self.snapshot.usages_of(self.account, policy.record.id).map(|(_, holder)| holder);
            let ids: BTreeSet<UniqueId> = holders
                .flat_map(|holder| {
                    let members = self.snapshot.members_of(holder).map(|user| user.record.id);
                    members.chain([holder]).collect::<Vec<_>>()
                })
                .collect();
            let number = policy.record.default_version;
            let version =
                policy.record.versions.iter().find(|held| held.number == number && denies(&held.text));
            if let Some(version) = version {
                let audience = Some(self.faces(&ids.into_iter().collect::<Vec<_>>()));
                let (place, document) = (Place::Managed(policy.arn.to_string()), unnamed(&version.text));
                let policy = Policy::of(place, &policy.arn, &document, PolicyKind::Identity);
                self.judge(&policy, &audience, found);
            }
        }
    }

    fn inline(
        &self,
        policies: &[InlinePolicyRecord],
        place: impl Fn(&str) -> Place,
        arn: &str,
        ids: &[UniqueId],
        longest: Duration,
        found: &mut Found,
    ) {
        // Most documents deny nothing, and then nobody is looked for.
        for held in policies.iter().filter(|held| denies(&held.document.text)) {
            let audience = Some(self.faces(ids));
            let policy = Policy::of(place(&held.name), arn, &held.document, PolicyKind::Identity);
            self.judge(&Policy { longest, ..policy }, &audience, found);
        }
    }

    fn faces(&self, ids: &[UniqueId]) -> Vec<Face> {
        let live = ids.iter().flat_map(|id| self.sessions.of_principal(*id, self.now));
        live.filter_map(|live: Arc<Live>| face_of(self.snapshot, &live)).collect()
    }

    fn everybody(&self) -> Audience {
        let listed = self.sessions.list(&Filter::default(), None, SESSIONS_MAX, self.now);
        if listed.next.is_some() {
            return None;
        }
        Some(listed.sessions.iter().filter_map(|live| face_of(self.snapshot, live)).collect())
    }

    fn judge(&self, policy: &Policy<'_>, audience: &Audience, found: &mut Found) {
        let Some(audience) = audience else { return };
        let Ok(parsed) = portcullis_policy::parse(&policy.document.text, policy.kind) else { return };
        let mut document = parsed.document;
        let principals = policy.document.principals.iter();
        let ids: Vec<(String, UniqueId)> =
            principals.map(|principal| (principal.arn.clone(), principal.id)).collect();
        document.settle(&ids);
        for deny in session_denies(&document) {
            let before = deny.issued_before();
            // It waits for sessions that are to come.
            let is_to_come = before.is_some_and(|before| before > self.now);
            if is_to_come || audience.iter().any(|face| deny.may_hit(&face.visitor(true))) {
                continue;
            }
            found.stale.push(Stale {
                place: policy.place.clone(),
                arn: policy.arn.to_owned(),
                index: deny.index,
                text: self.snapshot.shown(policy.document),
                since: before.map(|before| before.plus(policy.longest)).filter(|since| *since <= self.now),
            });
        }
    }
}
