//! `--style aws`: the recipes of AWS's own pages, written where AWS would have them.
//!
//! | target | what is written |
//! |---|---|
//! | role, user | an inline policy `AWSRevokeOlderSessions`: a Deny on what was issued before |
//! | session, role session | an inline policy of the role: a Deny by `aws:userid` |
//! | a user's session | an inline policy of the user: a Deny by `aws:TokenIssueTime` |
//! | federated user | an inline policy of the user that made it: a Deny by `aws:userid` |
//! | source identity | an inline policy of each role whose sessions carry it: a Deny by `aws:SourceIdentity` |
//! | access key | it is made inactive |
//! | person | the list of each service control policy that stands ready, see [`prepared`] |
//! | root's sessions, and what lies in a member account | a service control policy |
//!
//! What the target's sessions made in turn is denied by `aws:userid` where it acts. Each revocation has statements of
//! its own, so that those that are about the same do not undo each other. (IAM User Guide, "Disabling permissions for
//! temporary security credentials", "Revoke IAM role temporary security credentials".)

use std::collections::BTreeMap;

use portcullis_base::{AccountId, Arn, Timestamp, UniqueId};
use portcullis_store::record::{
    AccessKeyOwner, DocumentRecord, RevocationRecord, RevocationTarget, WrittenKind, WrittenPart,
};
use serde_json::{Value as Json, json};

use super::step::{MADE, Step};
use super::{aim, prepared, sid};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::identity_center::access;
use crate::revocation::Hits;
use crate::revocation::doors::user_id;
use crate::sessions::Live;
use crate::snapshot::Snapshot;

/// The policy that the console of AWS writes.
pub const OLDER: &str = "AWSRevokeOlderSessions";
/// The policy that denies single sessions.
pub const SESSIONS: &str = "PortcullisDenySessions";

/// Where a Deny is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Role(UniqueId),
    User(UniqueId),
    /// A service control policy on this account.
    Account(AccountId),
}

/// What it takes.
pub struct Recipe {
    /// The calls.
    pub steps: Vec<Step>,
    /// What will have been written; of a service control policy without the id that it will get.
    pub written: Vec<WrittenPart>,
    /// What is to be said about it.
    pub findings: Vec<String>,
}

/// Denies by the policy that they stand in.
type Denies = BTreeMap<(Holder, &'static str), Vec<Json>>;

/// The recipe for a revocation.
///
/// # Errors
/// `InvalidInputException` for what AWS cannot do, in so many words.
pub fn of(flow: &Flow, record: &RevocationRecord, hits: &Hits) -> Result<Recipe, ApiError> {
    if record.blocked.is_some() {
        return Err(cannot(
            "AWS has no way to keep a target from getting new sessions but to change who may make them: change the \
             role's trust policy, or block with the native style.",
        ));
    }
    let mut recipe = Recipe { steps: Vec::new(), written: Vec::new(), findings: Vec::new() };
    let mut denies = Denies::new();
    match &record.target {
        RevocationTarget::Role(id) => add(&mut denies, Holder::Role(*id), OLDER, older(record)),
        RevocationTarget::User(id) => add(&mut denies, Holder::User(*id), OLDER, older(record)),
        RevocationTarget::RoleSession(id, name) => {
            let deny = by_user_id(record, &format!("{id}:{name}"));
            add(&mut denies, Holder::Role(*id), SESSIONS, deny);
        }
        RevocationTarget::Session(_) => {
            let live = hits
                .sessions
                .first()
                .ok_or_else(|| cannot("The session is not live: nothing is left to deny."))?;
            add_session(flow, &mut denies, record, live);
            recipe.findings.extend(siblings(flow, live));
        }
        RevocationTarget::FederatedUser(..) if hits.sessions.is_empty() => {
            return Err(cannot(
                "No session of this federated user is live, and only a session says which user made it.",
            ));
        }
        RevocationTarget::FederatedUser(..) => {
            hits.sessions.iter().for_each(|live| add_session(flow, &mut denies, record, live));
        }
        RevocationTarget::SourceIdentity(identity) => {
            for live in &hits.sessions {
                let mut condition = json!({ "StringEquals": { "aws:SourceIdentity": identity } });
                if let (Some(members), Some((operator, keys))) =
                    (condition.as_object_mut(), aim::when(record))
                {
                    members.insert(operator, keys);
                }
                add(&mut denies, holder(flow, live), SESSIONS, deny(&condition));
            }
        }
        RevocationTarget::Person(user) => by_prepared(flow, &mut recipe, user, hits)?,
        RevocationTarget::Root(account) => {
            let condition = json!({
                "ArnEquals": { "aws:PrincipalArn": Arn::iam(*account, "root").to_string() },
                "DateLessThan": { "aws:TokenIssueTime": aim::before(record).iso_millis() },
            });
            add(&mut denies, Holder::Account(*account), OLDER, deny(&condition));
        }
        RevocationTarget::AccessKey(_) => key_off(flow, record, &mut recipe)?,
    }
    for live in &hits.descendants {
        // What is written at its holder for the target may reach it already.
        let is_covered = denies.contains_key(&(holder(flow, live), OLDER));
        if !is_covered {
            add_session(flow, &mut denies, record, live);
        }
    }
    for ((holder, policy), statements) in denies {
        write(flow, record, &mut recipe, &holder, policy, statements)?;
    }
    if recipe.steps.is_empty() {
        recipe.findings.push("No live session is hit by this, and nothing was written.".to_owned());
    }
    Ok(recipe)
}

fn cannot(message: &str) -> ApiError {
    ApiError::caller("InvalidInputException", 400, message)
}

fn add(denies: &mut Denies, holder: Holder, policy: &'static str, statement: Json) {
    let all = denies.entry((holder, policy)).or_default();
    if !all.contains(&statement) {
        all.push(statement);
    }
}

fn deny(condition: &Json) -> Json {
    json!({ "Sid": "", "Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition })
}

/// A Deny on what was issued before.
fn older(record: &RevocationRecord) -> Json {
    deny(&json!({ "DateLessThan": { "aws:TokenIssueTime": aim::before(record).iso_millis() } }))
}

fn by_user_id(record: &RevocationRecord, user_id: &str) -> Json {
    let mut condition = json!({ "StringEquals": { "aws:userid": [user_id] } });
    if let (Some(before), Some(members)) = (record.issued_before, condition.as_object_mut()) {
        members.insert("DateLessThan".to_owned(), json!({ "aws:TokenIssueTime": before.iso_millis() }));
    }
    deny(&condition)
}

/// Where a session's permissions can be denied. A session of an account of which the caller is not is reached by a
/// service control policy alone.
fn holder(flow: &Flow, live: &Live) -> Holder {
    match live.principal {
        Some(id) if live.account == flow.ask().account() => {
            if live.kind.is_of_role() {
                Holder::Role(id)
            } else {
                Holder::User(id)
            }
        }
        _ => Holder::Account(live.account),
    }
}

/// The Deny of one session. Those of a user and of root have no name: their time of issue tells them apart.
fn add_session(flow: &Flow, denies: &mut Denies, record: &RevocationRecord, live: &Live) {
    let holder = holder(flow, live);
    if aim::is_named(live.kind) {
        let all = denies.entry((holder, SESSIONS)).or_default();
        let user_id = json!(user_id(live));
        // One statement has all names.
        let listed = all.iter_mut().find_map(|statement| {
            statement.pointer_mut("/Condition/StringEquals/aws:userid").and_then(Json::as_array_mut)
        });
        match listed {
            Some(names) if names.contains(&user_id) => {}
            Some(names) => names.push(user_id),
            None => all.push(by_user_id(record, user_id.as_str().unwrap_or_default())),
        }
    } else {
        let at: Timestamp = live.issued;
        let mut condition = json!({ "DateEquals": { "aws:TokenIssueTime": at.iso_millis() } });
        if let (None, Some(members)) = (live.principal, condition.as_object_mut()) {
            members.insert("ArnEquals".to_owned(), json!({ "aws:PrincipalArn": live.arn() }));
        }
        add(denies, holder, SESSIONS, deny(&condition));
    }
}

/// Others that bear the same name: AWS cannot tell them apart.
fn siblings(flow: &Flow, live: &Live) -> Option<String> {
    let (role, name) = (live.principal?, live.name.as_deref()?);
    let all = flow.service.sessions.of_name(role, name, flow.now);
    let others = all.iter().filter(|other| other.access_key_id != live.access_key_id).count();
    (others > 0).then(|| {
        format!(
            "{others} other live sessions have the same aws:userid and are cut off too: AWS cannot tell them apart. The \
             native style can."
        )
    })
}

fn key_off(flow: &Flow, record: &RevocationRecord, recipe: &mut Recipe) -> Result<(), ApiError> {
    let RevocationTarget::AccessKey(id) = &record.target else { return Ok(()) };
    let key = flow.snapshot.access_key(id).ok_or_else(|| super::target::absent(id.as_str()))?;
    let AccessKeyOwner::User(user) = key.owner else {
        return Err(cannot("AWS lets nobody but root switch its keys off. The native style can."));
    };
    let user = flow.snapshot.users.get(user).ok_or_else(|| super::target::absent(id.as_str()))?;
    is_own(flow, key.account)?;
    if !key.is_active {
        return Err(cannot("The key is inactive already: nothing is to be written."));
    }
    let members =
        [("UserName", user.record.name.as_str()), ("AccessKeyId", id.as_str()), ("Status", "Inactive")];
    recipe.steps.push(Step::iam("UpdateAccessKey", &members, format!("the key {id} opens nothing more")));
    let (resource, name) = (user.record.id.to_string(), id.to_string());
    recipe.written.push(WrittenPart { kind: WrittenKind::AccessKey, resource, name });
    Ok(())
}

/// The id goes into the policies that stand ready, all of them: each has its part of the organization.
fn by_prepared(flow: &Flow, recipe: &mut Recipe, user: &str, hits: &Hits) -> Result<(), ApiError> {
    let ready = prepared::all(&flow.snapshot);
    if ready.is_empty() {
        return Err(cannot(
            "No service control policy stands ready that could list the person: make one with `portcullis \
             prepare-revocation`, or use the native style.",
        ));
    }
    for policy in ready {
        let record = &policy.record;
        let mut ids = prepared::ids(&record.text).unwrap_or_default();
        if ids.iter().any(|id| id == user) {
            continue;
        }
        ids.push(user.to_owned());
        let text = prepared::with_ids(&record.text, &ids).unwrap_or_default();
        let members = [("PolicyId", record.id.as_str()), ("Content", text.as_str())];
        let purpose = format!("{} denies everything to {user}", record.name);
        recipe.steps.push(Step::of("organizations", "UpdatePolicy", &members, purpose));
        let (resource, name) = (record.id.clone(), user.to_owned());
        recipe.written.push(WrittenPart { kind: WrittenKind::PreparedList, resource, name });
    }
    let is_beyond = |account| is_beyond(&flow.snapshot, account);
    let may_enter =
        access::of(&flow.snapshot, user).iter().any(|access| is_beyond(access.role.record.account));
    if may_enter || hits.sessions.iter().any(|live| is_beyond(live.account)) {
        recipe.findings.push(BEYOND.to_owned());
    }
    Ok(())
}

/// What is told of a person who has something there.
const BEYOND: &str = "The person has sessions in the management account or may enter it, and no service control policy \
                      reaches it. The native style does.";

/// Whether no service control policy reaches an account (Organizations User Guide, "Service control policies").
pub fn is_beyond(snapshot: &Snapshot, account: AccountId) -> bool {
    snapshot.accounts.organization().is_some_and(|held| held.management == account)
}

fn is_own(flow: &Flow, account: AccountId) -> Result<(), ApiError> {
    if account == flow.ask().account() {
        return Ok(());
    }
    Err(cannot(&format!(
        "The aws style writes into policies of your own account, and what is to be denied is of {account}: ask there, \
         or use the native style."
    )))
}

fn write(
    flow: &Flow,
    record: &RevocationRecord,
    recipe: &mut Recipe,
    holder: &Holder,
    policy: &'static str,
    mut statements: Vec<Json>,
) -> Result<(), ApiError> {
    for (place, statement) in statements.iter_mut().enumerate() {
        if let Some(held) = statement.get_mut("Sid") {
            *held = json!(sid::sid(record.number, place));
        }
    }
    let gone = || cannot("Whose sessions are to be denied is gone, and they are good for nothing.");
    let (kind, id, name, member, operation) = match holder {
        Holder::Account(account) => {
            return by_organization(flow, record, recipe, *account, policy, statements);
        }
        Holder::Role(id) => {
            let role = &flow.snapshot.roles.get(*id).ok_or_else(gone)?.record;
            is_own(flow, role.account)?;
            (WrittenKind::RolePolicy, id, role.name.to_string(), "RoleName", "PutRolePolicy")
        }
        Holder::User(id) => {
            let user = &flow.snapshot.users.get(*id).ok_or_else(gone)?.record;
            is_own(flow, user.account)?;
            (WrittenKind::UserPolicy, id, user.name.to_string(), "UserName", "PutUserPolicy")
        }
    };
    let held = inline(flow, holder, policy).map(|document| document.text.clone());
    let text = sid::with(held.as_deref(), statements)?;
    let members = [(member, name.as_str()), ("PolicyName", policy), ("PolicyDocument", text.as_str())];
    recipe.steps.push(Step::iam(operation, &members, format!("{name} denies what was revoked")));
    recipe.written.push(WrittenPart { kind, resource: id.to_string(), name: policy.to_owned() });
    Ok(())
}

fn inline<'a>(flow: &'a Flow, holder: &Holder, policy: &str) -> Option<&'a DocumentRecord> {
    let all = match holder {
        Holder::Role(id) => &flow.snapshot.roles.get(*id)?.record.inline,
        Holder::User(id) => &flow.snapshot.users.get(*id)?.record.inline,
        Holder::Account(_) => return None,
    };
    all.iter().find(|held| held.name == policy).map(|held| &held.document)
}

/// A service control policy, where there is an organization whose management asks, and on a member alone.
fn by_organization(
    flow: &Flow,
    record: &RevocationRecord,
    recipe: &mut Recipe,
    account: AccountId,
    policy: &str,
    statements: Vec<Json>,
) -> Result<(), ApiError> {
    let organization = flow.snapshot.accounts.organization();
    let own = flow.ask().account();
    let manages = organization.is_some_and(|organization| organization.management == own);
    let is_member = flow.snapshot.accounts.members().any(|(member, _)| member.id == account);
    if !manages || !is_member || account == own {
        return Err(cannot(&format!(
            "Only a service control policy reaches root's sessions and those of other accounts, and one goes from the \
             management of an organization to a member: account {account} cannot be reached so. The native style can."
        )));
    }
    let (name, text) = (format!("{policy}-{:016x}-{account}", record.number), sid::with(None, statements)?);
    let purpose = format!("a service control policy denies it in {account}");
    let members = [
        ("Name", name.as_str()),
        ("Description", "Denies sessions that were revoked."),
        ("Type", "SERVICE_CONTROL_POLICY"),
        ("Content", text.as_str()),
    ];
    recipe.steps.push(Step::of("organizations", "CreatePolicy", &members, purpose.clone()));
    let target = account.to_string();
    let members = [("PolicyId", MADE), ("TargetId", target.as_str())];
    recipe.steps.push(Step::of("organizations", "AttachPolicy", &members, purpose));
    recipe.findings.push(format!("Account {account} is reached by a service control policy."));
    let kind = WrittenKind::ServiceControlPolicy;
    recipe.written.push(WrittenPart { kind, resource: target, name });
    Ok(())
}
