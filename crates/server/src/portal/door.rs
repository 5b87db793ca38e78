//! The service's functions as pages call them. Everything that a page may know of the service passes here.

use std::sync::Arc;

use hyper::StatusCode;
use portcullis_base::{Secret, Timestamp, Value};
use portcullis_service::error::{ApiError, Whose};
use portcullis_service::identity_center::access;
use portcullis_service::sign_in::approve::{self, Asked, Said};
use portcullis_service::sign_in::device::Shown;
use portcullis_service::sign_in::{SignedIn, authenticator, password, session, token};
use portcullis_store::record::PortalSessionRecord;

use super::answer::Answer;
use super::call::Call;
use super::visit::Visit;

/// Who has signed in.
pub struct Person {
    /// As the service knows them.
    pub who: SignedIn,
    /// The user's name.
    pub name: String,
    /// Whether a password of their own must be chosen first.
    pub is_change_due: bool,
    /// Whether signing in asks for a code.
    pub has_authenticator: bool,
}

/// An account with the permission sets that a person has in it.
pub struct Account {
    /// Its number.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Permission sets.
    pub roles: Vec<String>,
}

/// Credentials of a role.
pub struct Credentials {
    /// The key's id.
    pub access_key_id: String,
    /// The key's secret.
    pub secret: Secret,
    /// The session's token.
    pub token: Secret,
    /// Until when they are good.
    pub expires: Timestamp,
}

/// A sign-in session as its person sees it.
pub struct Session {
    /// Its id.
    pub id: String,
    /// When somebody signed in.
    pub since: String,
    /// When it was last used.
    pub seen: String,
    /// From where.
    pub from: String,
    /// With which browser.
    pub agent: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// Why something was not done, in words for whoever asked.
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// What to say.
    pub text: String,
}

impl Refusal {
    /// As a page of its own.
    pub fn answer(&self, title: &str) -> Answer {
        Answer::refused(self.status, title, &self.text)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = match error.whose {
            Whose::Caller => error.message,
            Whose::World | Whose::Ours => "This does not work at the moment. Try again later.".to_owned(),
        };
        Self { status, text }
    }
}

/// Signs in. The answer is the new session's secret.
pub async fn sign_in(visit: &Visit<'_>, name: &str, given: &str, code: &str) -> Result<Secret, Refusal> {
    Ok(password::sign_in(&visit.bridge.service, &visit.facts, name, given, code).await?)
}

/// Who holds a session's secret; nobody if the session has ended.
pub fn person(visit: &Visit<'_>, secret: &str) -> Option<Person> {
    let service = &visit.bridge.service;
    let who = session::by_secret(service, secret)?;
    let held = service.snapshot().sign_ins.of(&who.user.id).map(Arc::clone);
    Some(Person {
        name: who.user.user_name.clone(),
        is_change_due: session::is_change_due(service, &who),
        has_authenticator: held.is_some_and(|held| held.authenticator.is_some()),
        who,
    })
}

/// Ends the session.
pub async fn sign_out(visit: &Visit<'_>, secret: &str) -> Result<(), Refusal> {
    let service = &visit.bridge.service;
    match session::of_secret(service, secret) {
        Some(who) => Ok(session::end(service, &visit.facts, &who, &who.session.id).await?),
        None => Ok(()),
    }
}

/// Changes a person's password. The answer is the secret under which the session goes on.
pub async fn change_password(
    visit: &Visit<'_>,
    person: &Person,
    old: &str,
    new: &str,
) -> Result<Secret, Refusal> {
    Ok(password::change(&visit.bridge.service, &visit.facts, &person.who, old, new).await?)
}

/// Makes a key for an authenticator.
pub async fn begin_enrolment(
    visit: &Visit<'_>,
    person: &Person,
    given: &str,
) -> Result<authenticator::Shown, Refusal> {
    Ok(authenticator::begin(&visit.bridge.service, &person.who, given).await?)
}

/// Believes in it when it has shown two codes.
pub async fn end_enrolment(
    visit: &Visit<'_>,
    person: &Person,
    first: &str,
    second: &str,
) -> Result<(), Refusal> {
    Ok(authenticator::end(&visit.bridge.service, &visit.facts, &person.who, first, second).await?)
}

/// Takes it away.
pub async fn remove_authenticator(
    visit: &Visit<'_>,
    person: &Person,
    given: &str,
    code: &str,
) -> Result<(), Refusal> {
    Ok(authenticator::remove(&visit.bridge.service, &visit.facts, &person.who, given, code).await?)
}

/// What a person has.
pub fn accounts(visit: &Visit<'_>, person: &Person) -> Vec<Account> {
    let snapshot = visit.bridge.service.snapshot();
    let mut accounts: Vec<Account> = Vec::new();
    for held in access::of(&snapshot, &person.who.user.id) {
        let (id, role) = (held.account.to_string(), held.set.name.clone());
        if let Some(account) = accounts.last_mut().filter(|account| account.id == id) {
            account.roles.push(role);
        } else {
            let name = snapshot.accounts.get(held.account).map_or("Account", |record| &record.name);
            accounts.push(Account { name: name.to_owned(), id, roles: vec![role] });
        }
    }
    for account in &mut accounts {
        account.roles.sort();
    }
    accounts
}

/// Credentials of a role that the person has.
pub async fn credentials(
    visit: &Visit<'_>,
    person: &Person,
    account: &str,
    role: &str,
) -> Result<Credentials, Refusal> {
    let service = &visit.bridge.service;
    let input = Value::structure()
        .with("accessToken", token::of_page(service, &person.who))
        .with("accountId", account)
        .with("roleName", role);
    let mut call = Call::new(visit.facts.clone(), "GetRoleCredentials", input);
    let made = service.handle(&mut call).await.outcome?.value.unwrap_or_else(Value::structure);
    credentials_of(&made).ok_or_else(|| ApiError::internal("credentials without their parts").into())
}

fn credentials_of(made: &Value) -> Option<Credentials> {
    let made = made.member("roleCredentials")?;
    let text = |name: &str| made.member(name).and_then(Value::as_text).map(str::to_owned);
    Some(Credentials {
        access_key_id: text("accessKeyId")?,
        secret: text("secretAccessKey")?.into(),
        token: text("sessionToken")?.into(),
        expires: Timestamp::from_millis(made.member("expiration")?.as_int()?),
    })
}

/// Where the person is signed in.
pub fn sessions(visit: &Visit<'_>, person: &Person) -> Vec<Session> {
    let service = &visit.bridge.service;
    let shown = |held: Arc<PortalSessionRecord>| Session {
        id: held.id.clone(),
        since: held.created.iso_seconds(),
        seen: session::last_used(service, &held).iso_seconds(),
        from: held.source_ip.clone(),
        agent: held.user_agent.clone(),
        is_this: held.id == person.who.session.id,
    };
    session::all_of(service, &person.who).into_iter().map(shown).collect()
}

/// Ends one of the person's own sessions.
pub async fn end_session(visit: &Visit<'_>, person: &Person, id: &str) -> Result<(), Refusal> {
    Ok(session::end(&visit.bridge.service, &visit.facts, &person.who, id).await?)
}

/// The client that waits under a code.
pub fn waiting(visit: &Visit<'_>, person: &Person, code: &str) -> Result<Shown, Refusal> {
    Ok(approve::waiting(&visit.bridge.service, &person.who, code)?)
}

/// Says yes or no to it.
pub async fn decide_device(
    visit: &Visit<'_>,
    person: &Person,
    code: &str,
    said: Said,
) -> Result<(), Refusal> {
    Ok(approve::device(&visit.bridge.service, &visit.facts, &person.who, code, said).await?)
}

/// The name of the client that sent the browser.
pub fn client_of(visit: &Visit<'_>, asked: &Asked<'_>) -> Result<String, Refusal> {
    let service = &visit.bridge.service;
    Ok(approve::client_of(service, asked, service.world.clock.now())?.name)
}

/// Says yes or no to it. The answer to a yes is the code with which the client goes on.
pub async fn decide_browser(
    visit: &Visit<'_>,
    person: &Person,
    asked: &Asked<'_>,
    said: Said,
) -> Result<Option<String>, Refusal> {
    Ok(approve::browser(&visit.bridge.service, &visit.facts, &person.who, asked, said).await?)
}

/// An address that no answer goes to.
pub fn unknown_address() -> Refusal {
    Refusal {
        status: StatusCode::BAD_REQUEST,
        text: "The answer would go to an address that is not 127.0.0.1 with a port.".to_owned(),
    }
}
