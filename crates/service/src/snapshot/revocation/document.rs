//! A revocation as a statement of the policy language. It is asked once for each link of the chain that led to a
//! session, with the condition keys of that link: so a statement about a role hits the role's sessions as well as what
//! they made, and compares the revision of the session that it means.

use std::sync::Arc;

use portcullis_base::AccessKeyId;
use portcullis_policy::PolicyKind;
use portcullis_policy::serving::Compiled;
use portcullis_store::record::{RevocationRecord, RevocationTarget};
use serde_json::{Map, Value as Json, json};

use super::super::document::compiled as compiled_text;
use super::shelf::Cut;

/// Condition keys that only revocations have. Each is about one link of the chain, not about the request.
pub mod keys {
    /// The access key id of the link.
    pub const ACCESS_KEY: &str = "portcullis:AccessKeyId";
    /// The unique id of the user or role whose permissions the link has; the account's id for root.
    pub const PRINCIPAL: &str = "portcullis:PrincipalId";
    /// The name of a role session.
    pub const SESSION_NAME: &str = "portcullis:SessionName";
    /// The ARN of a federated user.
    pub const FEDERATED_USER: &str = "portcullis:FederatedUser";
    /// The revision at which the link was issued.
    pub const ISSUE_REVISION: &str = "portcullis:IssueRevision";
    /// [`super::LINK_SELF`] or [`super::LINK_ANCESTOR`].
    pub const LINK: &str = "portcullis:Link";
}

/// The session that asks.
pub const LINK_SELF: &str = "self";
/// Something in the chain that led to it.
pub const LINK_ANCESTOR: &str = "ancestor";

/// The statement of a revocation.
pub fn compiled(record: &RevocationRecord, cutoff: u64) -> Arc<Compiled> {
    compiled_text(&text(record, cutoff), PolicyKind::Identity)
}

/// The statement that cuts a single session off.
pub fn cut(session: &AccessKeyId, cut: Cut) -> Arc<Compiled> {
    let equals = of_target(&RevocationTarget::Session(session.clone()));
    compiled_text(&statement(cut.number, equals, cut.cascades, Map::new()), PolicyKind::Identity)
}

/// The text of a revocation's statement.
pub fn text(record: &RevocationRecord, cutoff: u64) -> String {
    let mut equals = of_target(&record.target);
    if let Some(account) = record.scope {
        equals.insert("aws:PrincipalAccount".to_owned(), json!(account.to_string()));
    }
    let mut conditions = Map::new();
    if !matches!(record.target, RevocationTarget::Session(_) | RevocationTarget::AccessKey(_)) {
        conditions.insert("NumericLessThan".to_owned(), json!({ keys::ISSUE_REVISION: cutoff.to_string() }));
    }
    if let Some(before) = record.issued_before {
        conditions.insert("DateLessThan".to_owned(), json!({ "aws:TokenIssueTime": before.to_string() }));
    }
    statement(record.number, equals, record.cascades, conditions)
}

fn of_target(target: &RevocationTarget) -> Map<String, Json> {
    let pairs = match target {
        RevocationTarget::Session(id) | RevocationTarget::AccessKey(id) => {
            vec![(keys::ACCESS_KEY, id.to_string())]
        }
        RevocationTarget::Role(id) | RevocationTarget::User(id) => vec![(keys::PRINCIPAL, id.to_string())],
        RevocationTarget::RoleSession(role, name) => {
            vec![(keys::PRINCIPAL, role.to_string()), (keys::SESSION_NAME, name.clone())]
        }
        RevocationTarget::Root(account) => vec![(keys::PRINCIPAL, account.to_string())],
        RevocationTarget::FederatedUser(account, name) => {
            vec![(keys::FEDERATED_USER, format!("arn:aws:sts::{account}:federated-user/{name}"))]
        }
        RevocationTarget::SourceIdentity(identity) => vec![("aws:SourceIdentity", identity.clone())],
        RevocationTarget::Person(user) => vec![("identitystore:UserId", user.clone())],
    };
    pairs.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

fn statement(
    number: u64,
    mut equals: Map<String, Json>,
    cascades: bool,
    mut conditions: Map<String, Json>,
) -> String {
    if !cascades {
        equals.insert(keys::LINK.to_owned(), json!(LINK_SELF));
    }
    conditions.insert("StringEquals".to_owned(), Json::Object(equals));
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": format!("Revocation{number:016x}"),
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": conditions,
        }],
    })
    .to_string()
}
