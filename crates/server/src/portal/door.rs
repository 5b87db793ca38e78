//! The service's functions as pages call them. Everything that a page may know of the service passes here.

use std::net::IpAddr;

use hyper::StatusCode;
use portcullis_base::{Secret, Timestamp};

use super::answer::Answer;
use super::visit::Visit;

/// Who has signed in.
pub struct Person {
    /// The sign-in session.
    pub session: String,
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

/// An authenticator that is being set up.
pub struct Begun {
    /// The key, in base 32.
    pub key: Secret,
    /// The same as a picture (PNG).
    pub picture: Vec<u8>,
}

/// A program that waits to be let in.
pub struct Waiting {
    /// The code that it shows.
    pub code: String,
    /// How it calls itself.
    pub client: String,
    /// From where it asked.
    pub from: IpAddr,
    /// When.
    pub when: Timestamp,
}

/// What an OAuth client asks with (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
pub struct AuthorizationAsked<'a> {
    /// `code`.
    pub response_type: &'a str,
    /// Which client.
    pub client_id: &'a str,
    /// Where the answer is to go.
    pub redirect_uri: &'a str,
    /// What the client gets back as it was.
    pub state: &'a str,
    /// What only whoever began can answer.
    pub challenge: &'a str,
    /// `S256`.
    pub method: &'a str,
}

/// An OAuth client that may be asked about.
pub struct Authorization {
    /// How it calls itself.
    pub client: String,
    /// The origin to which the browser goes after the answer.
    pub redirect_origin: String,
    /// Now.
    pub when: Timestamp,
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

/// Until somebody can sign in.
fn closed<T>() -> Result<T, Refusal> {
    Err(Refusal { status: StatusCode::FORBIDDEN, text: "Nobody can sign in here.".to_owned() })
}

/// Signs in. The answer is the new session's secret.
pub async fn sign_in(_: &Visit<'_>, _name: &str, _password: &str, _code: &str) -> Result<Secret, Refusal> {
    closed()
}

/// Who holds a session's secret; nobody if the session has ended.
pub fn person(_: &Visit<'_>, _secret: &str) -> Option<Person> {
    None
}

/// Ends the session.
pub async fn sign_out(_: &Visit<'_>, _secret: &str) -> Result<(), Refusal> {
    closed()
}

/// Changes a person's password. The answer is the secret under which the session goes on.
pub async fn change_password(_: &Visit<'_>, _: &Person, _old: &str, _new: &str) -> Result<Secret, Refusal> {
    closed()
}

/// Makes a key for an authenticator.
pub async fn begin_enrolment(_: &Visit<'_>, _: &Person, _password: &str) -> Result<Begun, Refusal> {
    closed()
}

/// Believes in it when it has shown two codes.
pub async fn end_enrolment(_: &Visit<'_>, _: &Person, _first: &str, _second: &str) -> Result<(), Refusal> {
    closed()
}

/// Takes it away.
pub async fn remove_authenticator(_: &Visit<'_>, _: &Person, _: &str, _code: &str) -> Result<(), Refusal> {
    closed()
}

/// What a person has.
pub fn accounts(_: &Visit<'_>, _: &Person) -> Vec<Account> {
    Vec::new()
}

/// Credentials of a role that the person has.
pub async fn credentials(_: &Visit<'_>, _: &Person, _: &str, _role: &str) -> Result<Credentials, Refusal> {
    closed()
}

/// Where the person is signed in.
pub fn sessions(_: &Visit<'_>, _: &Person) -> Vec<Session> {
    Vec::new()
}

/// Ends one of the person's own sessions.
pub async fn end_session(_: &Visit<'_>, _: &Person, _session: &str) -> Result<(), Refusal> {
    closed()
}

/// What waits under a code.
pub async fn find_device(_: &Visit<'_>, _: &Person, _code: &str) -> Result<Waiting, Refusal> {
    closed()
}

/// Lets it in, or not.
pub async fn decide_device(_: &Visit<'_>, _: &Person, _code: &str, _is_allowed: bool) -> Result<(), Refusal> {
    closed()
}

/// Which client asks through the browser.
pub fn find_authorization(_: &Visit<'_>, _: &AuthorizationAsked<'_>) -> Result<Authorization, Refusal> {
    closed()
}

/// Lets it in, or not. The answer is the address to which the browser goes.
pub async fn decide_authorization(
    _: &Visit<'_>,
    _: &Person,
    _: &AuthorizationAsked<'_>,
    _is_allowed: bool,
) -> Result<String, Refusal> {
    closed()
}
