//! As whom a target comes to a resource: what the policies there see of it, whatever it asks for.

use std::collections::BTreeMap;

use portcullis_base::{AccountId, Arn, Timestamp, UniqueId};
use portcullis_policy::{Context, FederatedParent, Principal, SessionFacts, Visitor};
use portcullis_store::record::{AccessKeyOwner, RevocationRecord, RevocationTarget, SessionKind};

use super::super::Hits;
use crate::sessions::Live;
use crate::snapshot::Snapshot;

/// Keys of which every caller's value is known, also that there is none. Tags and MFA are not among them.
const KNOWN: &[&str] = &[
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalServiceName",
    "aws:PrincipalType",
    "aws:SourceIdentity",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSService",
];

/// A caller as resource policies see it.
pub struct Face {
    /// Its account.
    pub account: AccountId,
    /// As whom it acts.
    pub principal: Principal,
    /// What is known of it.
    pub context: Context,
    /// The keys that it has no value for.
    pub absent: Vec<&'static str>,
    /// Whether it was made in turn by what the revocation is about.
    pub is_descendant: bool,
}

impl Face {
    /// It, as the engine takes it.
    pub fn visitor(&self, is_at_home: bool) -> Visitor<'_> {
        Visitor { principal: &self.principal, context: &self.context, absent: &self.absent, is_at_home }
    }
}

/// What a face is made from.
struct Traits<'a> {
    account: AccountId,
    principal: Option<UniqueId>,
    name: Option<&'a str>,
    is_federated: bool,
    source_identity: Option<&'a str>,
    issued: Option<Timestamp>,
    is_descendant: bool,
}

/// `aws:userid` of a live session.
pub fn user_id(live: &Live) -> String {
    user_id_of(live.account, live.principal, live.name.as_deref(), live.kind == SessionKind::FederationToken)
}

fn user_id_of(
    account: AccountId,
    principal: Option<UniqueId>,
    name: Option<&str>,
    is_federated: bool,
) -> String {
    match (principal, name) {
        (_, Some(name)) if is_federated => format!("{account}:{name}"),
        (Some(id), Some(name)) => format!("{id}:{name}"),
        (Some(id), None) => id.to_string(),
        (None, _) => account.to_string(),
    }
}

/// The faces of a revocation's target, each once; of sessions that differ only in their time of issue, the last: what
/// stops that one stops the others. A target without a live session has the face that its next one would have.
pub fn faces(snapshot: &Snapshot, record: &RevocationRecord, hits: &Hits, now: Timestamp) -> Vec<Face> {
    let mut found: BTreeMap<(String, Option<&str>, bool), Traits<'_>> = BTreeMap::new();
    let about = hits.sessions.iter().map(|live| (live, false));
    for (live, is_descendant) in about.chain(hits.descendants.iter().map(|live| (live, true))) {
        let key = (live.arn(), live.source_identity.as_deref(), is_descendant);
        let held = found.entry(key).or_insert(Traits { is_descendant, ..traits_of(live) });
        held.issued = held.issued.max(Some(live.issued));
    }
    let mut all: Vec<Face> = found.values().filter_map(|traits| face(snapshot, traits)).collect();
    if hits.sessions.is_empty() {
        all.extend(imagined(snapshot, &record.target, now).and_then(|traits| face(snapshot, &traits)));
    }
    all
}

fn traits_of(live: &Live) -> Traits<'_> {
    Traits {
        account: live.account,
        principal: live.principal,
        name: live.name.as_deref(),
        is_federated: live.kind == SessionKind::FederationToken,
        source_identity: live.source_identity.as_deref(),
        issued: Some(live.issued),
        is_descendant: false,
    }
}

/// The next session of a target that has none.
fn imagined<'a>(snapshot: &Snapshot, target: &'a RevocationTarget, now: Timestamp) -> Option<Traits<'a>> {
    let of = |account, principal, name, is_federated| Traits {
        account,
        principal,
        name,
        is_federated,
        source_identity: None,
        issued: Some(now),
        is_descendant: false,
    };
    match target {
        RevocationTarget::Session(_) | RevocationTarget::SourceIdentity(_) | RevocationTarget::Person(_) => {
            None
        }
        RevocationTarget::AccessKey(id) => {
            let key = snapshot.access_key(id)?;
            let owner = match key.owner {
                AccessKeyOwner::User(user) => Some(user),
                AccessKeyOwner::Root => None,
            };
            Some(Traits { issued: None, ..of(key.account, owner, None, false) })
        }
        RevocationTarget::Role(id) => {
            Some(of(snapshot.roles.get(*id)?.record.account, Some(*id), Some("any"), false))
        }
        RevocationTarget::RoleSession(id, name) => {
            Some(of(snapshot.roles.get(*id)?.record.account, Some(*id), Some(name), false))
        }
        RevocationTarget::User(id) => {
            Some(of(snapshot.users.get(*id)?.record.account, Some(*id), None, false))
        }
        RevocationTarget::Root(account) => Some(of(*account, None, None, false)),
        RevocationTarget::FederatedUser(account, name) => Some(of(*account, None, Some(name), true)),
    }
}

/// `None` where the principal is gone: its sessions are good for nothing.
fn face(snapshot: &Snapshot, traits: &Traits<'_>) -> Option<Face> {
    let Traits { account, principal: id, name, .. } = *traits;
    let session = traits.issued.map(|_| SessionFacts { mfa: false });
    let role = id.and_then(|id| snapshot.roles.get(id));
    let user = id.and_then(|id| snapshot.users.get(id));
    let (kind, arn, principal) = match (role, user, name) {
        (Some(role), _, Some(name)) => {
            let session_arn =
                Arn::sts(account, &format!("assumed-role/{}/{name}", role.record.name)).to_string();
            let (role_id, role_arn) = (role.record.id, role.arn.to_string());
            (
                "AssumedRole",
                role_arn.clone(),
                Principal::RoleSession { account, role_id, role_arn, session_arn },
            )
        }
        (_, user, Some(name)) if traits.is_federated => {
            let parent = match user {
                Some(user) => FederatedParent::User { id: user.record.id, arn: user.arn.to_string() },
                None if id.is_none() => FederatedParent::Root,
                None => return None,
            };
            let arn = Arn::sts(account, &format!("federated-user/{name}")).to_string();
            ("FederatedUser", arn.clone(), Principal::Federated { account, arn, parent })
        }
        (_, Some(user), _) => {
            let (id, arn) = (user.record.id, user.arn.to_string());
            ("User", arn.clone(), Principal::User { account, id, arn, session })
        }
        _ if id.is_none() => {
            ("Account", Arn::iam(account, "root").to_string(), Principal::Root { account, session })
        }
        _ => return None,
    };
    let mut context = Context::new();
    context.set_one("aws:PrincipalType", kind);
    context.set_one("aws:PrincipalArn", arn);
    context.set_one("aws:PrincipalAccount", account.to_string());
    context.set_one("aws:PrincipalIsAWSService", "false");
    context.set_one("aws:ViaAWSService", "false");
    context.set_one("aws:userid", user_id_of(account, id, name, traits.is_federated));
    if let Some(identity) = traits.source_identity {
        context.set_one("aws:SourceIdentity", identity);
    }
    if let Some(user) = user.filter(|_| !traits.is_federated) {
        context.set_one("aws:username", user.record.name.as_str());
    }
    if let Some(issued) = traits.issued {
        context.set_one("aws:TokenIssueTime", issued.iso_millis());
    }
    if let Some(place) = snapshot.accounts.place(account) {
        context.set_one("aws:PrincipalOrgID", &*place.organization);
        context.set_many("aws:PrincipalOrgPaths", place.paths.clone());
    }
    let absent = KNOWN.iter().copied().filter(|key| context.lookup(key).is_none()).collect();
    Some(Face { account, principal, context, absent, is_descendant: traits.is_descendant })
}
