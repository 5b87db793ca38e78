//! Parts of statements that match nobody, and why: a name that no live session has, a role that there is not, a time
//! before which nothing was issued, a bucket that does not exist.
//!
//! Every part is asked alone, of every live session and every user, role and root user that these eyes see. What
//! matches nobody now may match somebody later; so it is told and never refused.

use std::sync::Arc;

use portcullis_base::{AccountId, Arn, UniqueId};
use portcullis_policy::{Context, FederatedParent, OnCaller, Principal, Statement};
use portcullis_store::record::SessionKind;

use super::difference::{Changed, Difference};
use super::question::statements;
use crate::sessions::Live;
use crate::snapshot::{Role, Snapshot, User};

/// Entities of an account that are looked at, of each kind.
const ENTITIES_MAX: usize = 20_000;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which document, statement and part.
    pub part: String,
    /// What is the matter.
    pub reason: String,
    /// The code of lint, if it is lint that says so.
    pub code: Option<&'static str>,
}

/// Somebody whom a statement could be about.
struct Somebody {
    principal: Principal,
    context: Context,
    is_session: bool,
}

/// Everybody whom a statement could be about.
pub struct Everybody {
    all: Vec<Somebody>,
    /// Whether there are more sessions than these.
    has_more: bool,
}

fn session(snapshot: &Snapshot, live: &Live) -> Somebody {
    let mut context = Context::new();
    context.set_one("aws:TokenIssueTime", live.issued.iso_millis());
    if let Some(identity) = live.source_identity.as_deref() {
        context.set_one("aws:SourceIdentity", identity);
    }
    let name = live.name.as_deref().unwrap_or_default();
    if live.name.is_some() {
        context.set_one("sts:RoleSessionName", name);
    }
    let account = live.account;
    let arn_of = |id: UniqueId| snapshot.principal_arn(id).unwrap_or_default().to_owned();
    let root = || Arn::iam(account, "root").to_string();
    let (principal, arn, user_id) = match (live.kind, live.principal) {
        (kind, Some(id)) if kind.is_of_role() => (
            Principal::RoleSession { account, role_id: id, role_arn: arn_of(id), session_arn: live.arn() },
            arn_of(id),
            format!("{id}:{name}"),
        ),
        (SessionKind::FederationToken, id) => {
            let parent = id.map_or(FederatedParent::Root, |id| FederatedParent::User { id, arn: arn_of(id) });
            let principal = Principal::Federated { account, arn: live.arn(), parent };
            (principal, live.arn(), format!("{account}:{name}"))
        }
        (_, Some(id)) => {
            let arn = arn_of(id);
            if let Some(user) = snapshot.users.get(id) {
                context.set_one("aws:username", &*user.record.name.to_string());
            }
            (Principal::User { account, id, arn: arn.clone(), session: None }, arn, id.to_string())
        }
        (_, None) => (Principal::Root { account, session: None }, root(), account.to_string()),
    };
    context.set_one("aws:PrincipalArn", arn);
    context.set_one("aws:userid", user_id);
    Somebody { principal, context, is_session: true }
}

fn user(user: &User) -> Somebody {
    let (account, id, arn) = (user.record.account, user.record.id, user.arn.to_string());
    let mut context = Context::new();
    context.set_one("aws:PrincipalArn", arn.clone());
    context.set_one("aws:userid", id.to_string());
    context.set_one("aws:username", user.record.name.to_string());
    Somebody { principal: Principal::User { account, id, arn, session: None }, context, is_session: false }
}

/// A role without any session: known by its ARN alone.
fn role(role: &Role) -> Somebody {
    let (account, role_id, role_arn) = (role.record.account, role.record.id, role.arn.to_string());
    let mut context = Context::new();
    context.set_one("aws:PrincipalArn", role_arn.clone());
    let principal = Principal::RoleSession { account, role_id, role_arn, session_arn: String::new() };
    Somebody { principal, context, is_session: false }
}

fn root(account: AccountId) -> Somebody {
    let mut context = Context::new();
    context.set_one("aws:PrincipalArn", Arn::iam(account, "root").to_string());
    context.set_one("aws:userid", account.to_string());
    Somebody { principal: Principal::Root { account, session: None }, context, is_session: false }
}

impl Everybody {
    /// Those whom a snapshot has, of this account or of all, and these sessions.
    pub fn of(snapshot: &Snapshot, sessions: &[Arc<Live>], limit: Option<AccountId>, has_more: bool) -> Self {
        let mut all: Vec<Somebody> = sessions.iter().map(|live| session(snapshot, live)).collect();
        let accounts = snapshot.accounts.all().map(|record| record.id).chain([snapshot.account]);
        let mut accounts: Vec<AccountId> = accounts.filter(|id| limit.is_none_or(|own| own == *id)).collect();
        accounts.sort_unstable();
        accounts.dedup();
        for account in accounts {
            all.push(root(account));
            all.extend(snapshot.users.list(account, None).take(ENTITIES_MAX).map(|held| user(held)));
            all.extend(snapshot.roles.list(account, None).take(ENTITIES_MAX).map(|held| role(held)));
        }
        Self { all, has_more }
    }

    fn has_sessions(&self) -> bool {
        self.all.iter().any(|somebody| somebody.is_session)
    }

    /// Why nobody meets a part; nothing if somebody does, or might without being seen by these eyes.
    fn reason(&self, part: &OnCaller<'_>, limit: Option<AccountId>) -> Option<String> {
        let is_of_entities = matches!(part.key(), Some("aws:username" | "aws:principalarn"));
        let is_unknown = self.has_more && !is_of_entities;
        if is_unknown || self.all.iter().any(|it| part.is_met(&it.principal, &it.context)) {
            return None;
        }
        let values = part.values();
        // Of another account it is not told who is there.
        let is_foreign = |value: &String| {
            let account = value.split(':').nth(4).and_then(|part| part.parse::<AccountId>().ok());
            let account = account.or_else(|| value.parse().ok());
            account.is_some_and(|account| limit.is_some_and(|own| own != account))
        };
        if values.iter().any(is_foreign) {
            return None;
        }
        let is_negated = part.operator().is_some_and(|name| name.contains("Not"));
        let text = match part.key() {
            _ if is_negated => "everybody who is here is excepted",
            None if values.iter().any(|value| value.contains(":sts:")) => "no live session has this ARN",
            None => "there is no such account, user or role",
            Some("aws:tokenissuetime") if !self.has_sessions() => "there is no live session",
            Some("aws:tokenissuetime") => match part.operator() {
                Some("DateLessThan" | "DateLessThanEquals") => {
                    "every live session was issued after this time"
                }
                Some("DateGreaterThan" | "DateGreaterThanEquals") => {
                    "every live session was issued before this time"
                }
                _ => "no live session was issued at this time",
            },
            Some("aws:userid") if values.iter().all(|value| value.contains(':')) => {
                "no live session has this name"
            }
            Some("aws:userid") => "no user and no live session has this id",
            Some("aws:username") => "no user has this name",
            Some("aws:principalarn") => "no user or role has this ARN",
            Some("aws:sourceidentity") => "no live session has this source identity",
            Some(_) => "no live session has this name",
        };
        Some(text.to_owned())
    }
}

/// How a statement is called: its document and its Sid, or its place among those that come.
fn name(changed: &Changed, statement: &Statement, at: usize) -> String {
    let sid =
        statement.sid().map_or_else(|| format!("new statement {}", at + 1), |sid| format!("statement {sid}"));
    format!("{}, {sid}", changed.paper.name)
}

/// Everything that matches nobody in the statements that come.
pub fn findings(
    difference: &Difference,
    everybody: &Everybody,
    after: &Snapshot,
    limit: Option<AccountId>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for changed in &difference.changed {
        for (at, statement) in statements(&changed.come).enumerate() {
            let mut find = |part: &str, reason: String| {
                let part = format!("{}: {part}", name(changed, statement, at));
                found.push(Finding { part, reason, code: None });
            };
            for part in statement.on_caller() {
                if let Some(reason) = everybody.reason(&part, limit) {
                    find(&part.text(), reason);
                }
            }
            if statement.lists_resources() {
                for pattern in statement.resource_patterns() {
                    if let Some(reason) = absent(after, pattern, limit) {
                        find(&format!("Resource {pattern}"), reason.to_owned());
                    }
                }
            }
        }
    }
    found
}

/// Why a resource that is named as a whole is not there.
fn absent(snapshot: &Snapshot, pattern: &str, limit: Option<AccountId>) -> Option<&'static str> {
    let is_whole = |text: &str| !text.contains(['*', '?']) && !text.contains("${");
    if let Some(rest) = pattern.strip_prefix("arn:aws:s3:::") {
        let bucket = rest.split('/').next().unwrap_or(rest);
        return (is_whole(bucket) && snapshot.bucket(bucket).is_none()).then_some("no such bucket");
    }
    let arn: Arn = pattern.parse().ok().filter(|_| is_whole(pattern))?;
    let account = arn.account_id().filter(|account| limit.is_none_or(|own| own == *account))?;
    if arn.service() != "iam" || !snapshot.has_account(account) {
        return None;
    }
    match arn.resource().split('/').next() {
        Some("role") if snapshot.role_by_arn(pattern).is_none() => Some("no such role"),
        Some("user") if snapshot.user_by_arn(pattern).is_none() => Some("no such user"),
        _ => None,
    }
}
