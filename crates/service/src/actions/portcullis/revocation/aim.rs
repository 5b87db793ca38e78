//! Whom a Deny in a resource's policy hits: the target of a revocation and nobody else.
//!
//! | target | Principal | conditions |
//! |---|---|---|
//! | a session, and each descendant | its ARN | its `aws:userid` and its `aws:TokenIssueTime` |
//! | a role session, a federated user | its ARN | its `aws:userid`, issued before |
//! | a role | everybody | `aws:userid` like `AROA…:*`, issued before |
//! | a user, the root user | everybody | `aws:userid`, issued before |
//! | a source identity | everybody | `aws:SourceIdentity`, issued before |
//!
//! A name can be given to somebody else; a unique id cannot. What was not issued, a long-term key, has no
//! `aws:TokenIssueTime` and is not hit. With `--block-reissue` it does not matter when it was issued.

use portcullis_base::{Arn, Timestamp};
use portcullis_store::record::{RevocationRecord, RevocationTarget, SessionKind};
use serde_json::{Map, Value as Json, json};

use crate::revocation::{Hits, doors};
use crate::sessions::Live;
use crate::snapshot::Snapshot;

/// Principal and Condition of a Deny.
#[derive(Debug, Clone)]
pub struct Aim {
    principal: Json,
    condition: Json,
}

/// The resource that a Deny is for.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// A bucket of this ARN.
    Bucket(&'a str),
    /// A trust policy.
    Trust,
}

fn everybody() -> Json {
    json!({ "AWS": "*" })
}

impl Aim {
    /// The statement.
    pub fn statement(&self, sid: &str, of: Of<'_>) -> Json {
        let mut statement = json!({ "Sid": sid, "Effect": "Deny", "Principal": self.principal });
        let (action, resource) = match of {
            Of::Bucket(arn) => ("s3:*", Some(json!([arn, format!("{arn}/*")]))),
            Of::Trust => ("sts:AssumeRole", None),
        };
        if let Some(members) = statement.as_object_mut() {
            members.insert("Action".to_owned(), json!(action));
            members.extend(resource.map(|resource| ("Resource".to_owned(), resource)));
            members.insert("Condition".to_owned(), self.condition.clone());
        }
        statement
    }

    /// Exactly one session.
    pub fn at_session(live: &Live) -> Self {
        let has_arn = live.name.is_some();
        Self {
            principal: if has_arn { json!({ "AWS": live.arn() }) } else { everybody() },
            condition: json!({
                "StringEquals": { "aws:userid": doors::user_id(live) },
                "DateEquals": { "aws:TokenIssueTime": live.issued.iso_millis() },
            }),
        }
    }

    /// What a revocation is about; `None` where a policy cannot tell it from others.
    pub fn at_target(snapshot: &Snapshot, record: &RevocationRecord, hits: &Hits) -> Option<Self> {
        let (principal, operator, key, value) = match &record.target {
            RevocationTarget::Session(_) => return hits.sessions.first().map(|live| Self::at_session(live)),
            RevocationTarget::AccessKey(_) => return None,
            RevocationTarget::Role(id) => (everybody(), "StringLike", "aws:userid", format!("{id}:*")),
            RevocationTarget::User(id) => (everybody(), "StringEquals", "aws:userid", id.to_string()),
            RevocationTarget::Root(account) => {
                (everybody(), "StringEquals", "aws:userid", account.to_string())
            }
            RevocationTarget::RoleSession(id, name) => {
                let role = &snapshot.roles.get(*id)?.record;
                let arn = Arn::sts(role.account, &format!("assumed-role/{}/{name}", role.name)).to_string();
                (json!({ "AWS": arn }), "StringEquals", "aws:userid", format!("{id}:{name}"))
            }
            RevocationTarget::FederatedUser(account, name) => {
                let arn = Arn::sts(*account, &format!("federated-user/{name}")).to_string();
                (json!({ "AWS": arn }), "StringEquals", "aws:userid", format!("{account}:{name}"))
            }
            RevocationTarget::SourceIdentity(identity) => {
                (everybody(), "StringEquals", "aws:SourceIdentity", identity.clone())
            }
            RevocationTarget::Person(user) => {
                (everybody(), "StringEquals", "identitystore:UserId", user.clone())
            }
        };
        let mut condition = Map::new();
        condition.insert(operator.to_owned(), json!({ key: value }));
        if let (Some(scope), Some(Json::Object(equals))) = (record.scope, condition.get_mut("StringEquals")) {
            equals.insert("aws:PrincipalAccount".to_owned(), json!(scope.to_string()));
        }
        condition.extend(when(record));
        Some(Self { principal, condition: Json::Object(condition) })
    }

    /// Each of what was made in turn.
    pub fn at_descendants(hits: &Hits) -> Vec<Self> {
        hits.descendants.iter().map(|live| Self::at_session(live)).collect()
    }
}

/// Until when it must have been issued to be hit.
pub fn before(record: &RevocationRecord) -> Timestamp {
    record.issued_before.unwrap_or(record.at)
}

/// The condition on the time of issue.
pub fn when(record: &RevocationRecord) -> Option<(String, Json)> {
    if record.blocked.is_some() && record.issued_before.is_none() {
        // A long-term key has no time of issue, and is spared.
        return Some(("Null".to_owned(), json!({ "aws:TokenIssueTime": "false" })));
    }
    let before = before(record).iso_millis();
    Some(("DateLessThan".to_owned(), json!({ "aws:TokenIssueTime": before })))
}

/// Whether sessions of this kind carry a name of their own in `aws:userid`.
pub fn is_named(kind: SessionKind) -> bool {
    kind.is_of_role() || kind == SessionKind::FederationToken
}
