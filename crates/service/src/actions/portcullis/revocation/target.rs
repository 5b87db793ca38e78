//! Whom a revocation is about, from the words of whoever asks for it.
//!
//! | kind | target |
//! |---|---|
//! | `session` | an access key id `ASIA…`; a session's ARN or `aws:userid`; a presigned URL or a request that it signed |
//! | `access-key` | an access key id `AKIA…`; a presigned URL that it signed |
//! | `role` | a name or an ARN |
//! | `role-session` | `ROLE/SESSION`, the session's ARN, or its `aws:userid` |
//! | `user` | a name, an ARN, a unique id; `root` for the account's root user |
//! | `federated-user` | a name or an ARN |
//! | `source-identity` | its text |
//! | `person` | a user of the identity store: its name, its id or its ARN |

use std::borrow::Cow;

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::{AccessKeyId, AccountId, Arn, UniqueId, Value};
use portcullis_store::record::{AccessKeyOwner, RevocationTarget};

use super::super::event;
use crate::action::{Ask, Loaded};
use crate::error::ApiError;
use crate::flow::Prospect;
use crate::port::BoxFuture;
use crate::sessions::{Handle, person as known_person, person_arn};
use crate::snapshot::Role;

/// The longest text of a target: a presigned URL with a session token.
const TEXT_MAX: usize = 16 * 1024;

const NOT_FOUND: &str = "ResourceNotFoundException";

/// A target that was found.
pub struct Found {
    /// Whom it is about.
    pub target: RevocationTarget,
    /// The ARN that a permission to revoke it is asked on; `*` where it has none.
    pub arn: String,
    /// The account it is of; absent where it is of many.
    pub account: Option<AccountId>,
    /// Who would get a new session.
    pub issued_anew: Option<RevocationTarget>,
}

/// What the words mean, as things are in the snapshot.
///
/// # Errors
/// `InvalidInputException` for words that mean nothing here, `ResourceNotFoundException` for what is not there, or
/// not for this caller.
pub fn find(ask: &Ask<'_>) -> Result<Found, ApiError> {
    match look(ask) {
        // In the same words, whichever part of the target is missing.
        Err(error) if error.code == NOT_FOUND => Err(absent(&told(ask)?)),
        other => other,
    }
}

/// What a permission to revoke is asked on: the ARN and its account. Who may not revoke learns nothing about what is
/// there, so what is absent is asked about as well, and both are told by the caller's own words.
///
/// # Errors
/// `InvalidInputException` for words that mean nothing here.
pub fn permission(ask: &Ask<'_>) -> Result<(String, Option<AccountId>), ApiError> {
    match find(ask) {
        Ok(found) => Ok((found.arn, found.account)),
        Err(error) if error.code == NOT_FOUND => Ok(("*".to_owned(), None)),
        Err(error) => Err(error),
    }
}

/// Looks up the request that a session is told by.
pub fn prepare(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        prospect.loaded = loaded(prospect, &prospect.input).await?;
        Ok(())
    })
}

/// What this input of Revoke depends on beside the snapshot.
pub fn loaded<'a>(prospect: &'a Prospect, input: &'a Value) -> BoxFuture<'a, Result<Loaded, ApiError>> {
    Box::pin(async move {
        let mut loaded = Loaded::default();
        let text = input.text("Target").filter(|_| input.text("Kind") == Some("session"));
        if let Some(Handle::Event(id)) = text.map(Handle::parse) {
            let event = event::find(prospect, &id).await?;
            loaded.session = event.and_then(|event| event::sessions(&event).into_iter().next());
        }
        Ok(loaded)
    })
}

/// The target in the caller's words; of a presigned URL the key alone, since whoever reads the URL may use it.
pub fn told<'a>(ask: &Ask<'a>) -> Result<Cow<'a, str>, ApiError> {
    let text = ask.text("Target")?;
    Ok(match Handle::parse(text) {
        Handle::Key(key) => Cow::Owned(key.to_string()),
        handle @ Handle::Token(_) => Cow::Owned(handle.told()),
        _ => Cow::Borrowed(text),
    })
}

fn look(ask: &Ask<'_>) -> Result<Found, ApiError> {
    let (kind, whole) = (ask.text("Kind")?, ask.text("Target")?);
    if whole.is_empty() || whole.len() > TEXT_MAX {
        return Err(invalid(format!("Target must have 1 to {TEXT_MAX} characters.")));
    }
    let text = told(ask)?;
    let text = text.as_ref();
    let account = home(ask)?;
    let found = match kind {
        "session" => session(ask, account, text),
        "access-key" => access_key(ask, text),
        "role" => role(ask, account, text).map(of_role),
        "role-session" => role_session(ask, account, text),
        "user" => user(ask, account, text),
        "federated-user" => federated_user(account, text),
        "source-identity" => Ok(source_identity(ask, text)),
        "person" => person(ask, text),
        _ => Err(invalid(format!(
            "{kind} is no kind of target: session, access-key, role, role-session, user, federated-user, \
             source-identity or person."
        ))),
    }?;
    match found.account {
        // What lies in another account is not told from what is nowhere.
        Some(account) if account != ask.account() && ask.account() != ask.snapshot.account => {
            Err(absent(text))
        }
        _ => Ok(found),
    }
}

/// The account in which names are looked up.
fn home(ask: &Ask<'_>) -> Result<AccountId, ApiError> {
    let Some(text) = ask.input.text("AccountId") else { return Ok(ask.account()) };
    let account = text.parse().map_err(|_| invalid(format!("{text} is no account's number.")))?;
    if ask.snapshot.has_account(account) { Ok(account) } else { Err(absent(text)) }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::caller("InvalidInputException", 400, message)
}

/// There is no such target.
pub fn absent(text: &str) -> ApiError {
    ApiError::caller(NOT_FOUND, 400, format!("{text} was not found."))
}

fn key(text: &str) -> Option<AccessKeyId> {
    text.parse().ok()
}

fn session(ask: &Ask<'_>, account: AccountId, text: &str) -> Result<Found, ApiError> {
    if let Handle::Event(_) = Handle::parse(text) {
        let id = ask.loaded.session.clone().ok_or_else(|| absent(text))?;
        return single(id, text);
    }
    if let Some(id) = key(text).filter(|id| id.kind() == AccessKeyKind::Temporary && id.bits().is_some()) {
        return single(id, text);
    }
    // By its form alone: whether it is anybody's key is not told.
    if let Some(id) = key(text).filter(|id| id.as_str().starts_with("AKIA")) {
        return Err(invalid(format!("{id} is a long-term key; revoke it as an access-key.")));
    }
    match text.split_once(":federated-user/") {
        Some(_) => federated_user(account, text),
        None if text.starts_with("AIDA") || text.contains(":user/") => user(ask, account, text),
        None => role_session(ask, account, text),
    }
}

fn single(id: AccessKeyId, text: &str) -> Result<Found, ApiError> {
    let account = id.account().ok_or_else(|| absent(text))?;
    Ok(Found {
        arn: Arn::sts(account, &format!("session/{id}")).to_string(),
        account: Some(account),
        issued_anew: None,
        target: RevocationTarget::Session(id),
    })
}

fn access_key(ask: &Ask<'_>, text: &str) -> Result<Found, ApiError> {
    let id = key(text).ok_or_else(|| invalid(format!("{text} is no access key id.")))?;
    if id.kind() == AccessKeyKind::Temporary {
        return Err(invalid(format!("{id} is a session's key; revoke it as a session.")));
    }
    // One that was deleted may have left sessions behind, and its id says whose it was.
    let held = ask.snapshot.access_key(&id);
    let account = held.map(|key| key.account).or_else(|| id.account()).ok_or_else(|| absent(text))?;
    let owner = held.and_then(|key| match key.owner {
        AccessKeyOwner::User(user) => ask.snapshot.principal_arn(user).map(str::to_owned),
        AccessKeyOwner::Root => None,
    });
    let arn = owner.unwrap_or_else(|| Arn::iam(account, "root").to_string());
    Ok(Found { target: RevocationTarget::AccessKey(id), arn, account: Some(account), issued_anew: None })
}

fn role<'a>(ask: &Ask<'a>, account: AccountId, text: &str) -> Result<&'a Role, ApiError> {
    let snapshot = ask.snapshot;
    let by_id = || text.parse::<UniqueId>().ok().and_then(|id| snapshot.roles.get(id));
    let found = if text.starts_with("arn:") {
        snapshot.role_by_arn(text)
    } else {
        snapshot.roles.named(account, text).or_else(by_id)
    };
    found.map(AsRef::as_ref).ok_or_else(|| absent(text))
}

fn of_role(role: &Role) -> Found {
    let target = RevocationTarget::Role(role.record.id);
    Found {
        arn: role.arn.to_string(),
        account: Some(role.record.account),
        issued_anew: Some(target.clone()),
        target,
    }
}

/// `ROLE/SESSION`, `arn:aws:sts::…:assumed-role/ROLE/SESSION` or `AROA…:SESSION`.
fn role_session(ask: &Ask<'_>, account: AccountId, text: &str) -> Result<Found, ApiError> {
    let words = || {
        invalid(format!(
            "{text} is no role session: give ROLE/SESSION, the session's ARN, its aws:userid or its access key id."
        ))
    };
    let (role, name) = match text.strip_prefix("arn:aws:sts::") {
        Some(rest) => {
            let (held, rest) = rest.split_once(":assumed-role/").ok_or_else(words)?;
            let (name, session) = rest.split_once('/').ok_or_else(words)?;
            (role(ask, held.parse().map_err(|_| words())?, name)?, session)
        }
        None if text.starts_with("AROA") && text.contains(':') => {
            let (id, session) = text.split_once(':').ok_or_else(words)?;
            (role(ask, account, id)?, session)
        }
        None => {
            let (name, session) = text.rsplit_once('/').ok_or_else(words)?;
            (role(ask, account, name.rsplit('/').next().unwrap_or(name))?, session)
        }
    };
    let target = RevocationTarget::RoleSession(role.record.id, name.to_owned());
    let arn = Arn::sts(role.record.account, &format!("assumed-role/{}/{name}", role.record.name)).to_string();
    Ok(Found { arn, account: Some(role.record.account), issued_anew: Some(target.clone()), target })
}

fn user(ask: &Ask<'_>, account: AccountId, text: &str) -> Result<Found, ApiError> {
    let root = Arn::iam(account, "root").to_string();
    if text == "root" || text == root {
        let target = RevocationTarget::Root(account);
        return Ok(Found { arn: root, account: Some(account), issued_anew: Some(target.clone()), target });
    }
    let snapshot = ask.snapshot;
    let by_id = || text.parse::<UniqueId>().ok().and_then(|id| snapshot.users.get(id));
    let found = if text.starts_with("arn:") {
        snapshot.user_by_arn(text)
    } else {
        snapshot.users.named(account, text).or_else(by_id)
    };
    let user = found.ok_or_else(|| absent(text))?;
    let target = RevocationTarget::User(user.record.id);
    Ok(Found {
        arn: user.arn.to_string(),
        account: Some(user.record.account),
        issued_anew: Some(target.clone()),
        target,
    })
}

/// A name, or `arn:aws:sts::…:federated-user/NAME`. Nothing knows of one but its sessions.
fn federated_user(account: AccountId, text: &str) -> Result<Found, ApiError> {
    let words = || invalid(format!("{text} is no federated user: give its name or its ARN."));
    let (account, name) = match text.strip_prefix("arn:aws:sts::") {
        None if !text.contains(':') => (account, text),
        None => return Err(words()),
        Some(rest) => {
            let (held, name) = rest.split_once(":federated-user/").ok_or_else(words)?;
            (held.parse().map_err(|_| words())?, name)
        }
    };
    let target = RevocationTarget::FederatedUser(account, name.to_owned());
    let arn = Arn::sts(account, &format!("federated-user/{name}")).to_string();
    Ok(Found { arn, account: Some(account), issued_anew: Some(target.clone()), target })
}

/// Wherever sessions carry it; for a caller of another account than the deployment's own, in that account.
fn source_identity(ask: &Ask<'_>, text: &str) -> Found {
    let target = RevocationTarget::SourceIdentity(text.to_owned());
    let account = (ask.account() != ask.snapshot.account).then(|| ask.account());
    Found { arn: "*".to_owned(), account, issued_anew: Some(target.clone()), target }
}

/// A user of the identity store, by name, id or ARN, for the account that has the directory. One that was deleted is
/// found by its id as long as a session of it is live.
fn person(ask: &Ask<'_>, text: &str) -> Result<Found, ApiError> {
    let owner = ask.snapshot.identity_center.instance().map(|instance| instance.account);
    let owner = owner.filter(|owner| *owner == ask.account()).ok_or_else(|| absent(text))?;
    let is_live = |id: &str| !ask.service.sessions.of_person(id, ask.now).is_empty();
    let deleted = || is_live(text).then(|| text.to_owned());
    let user = known_person(text, ask.snapshot).or_else(deleted).ok_or_else(|| absent(text))?;
    let target = RevocationTarget::Person(user.clone());
    Ok(Found { arn: person_arn(&user), account: Some(owner), issued_anew: Some(target.clone()), target })
}
