//! Signing in to the access portal, and what goes on from there: the pages' door into the service.
//!
//! ```text
//! name, password, code -> attempt counted -> hash, code -> sign-in session (a secret in the browser)
//! sign-in session + a client's user code -> approved -> access and refresh tokens, which name the session
//! token -> session still there, user still there and enabled -> caller of the portal's actions
//! ```
//!
//! A sign-in session is a record that the snapshot has: whoever ends it, disables the user or sets another password ends
//! every token with it, from the next call on. What strangers can start (registering, asking for a code) is kept nowhere,
//! or in bounded memory.

pub mod approve;
pub mod attempts;
pub mod authenticator;
pub mod client;
pub mod device;
mod fair;
pub mod grant;
pub mod password;
mod queue;
pub mod session;
pub mod token;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod threats;

use std::sync::Arc;

use portcullis_base::Timestamp;
use portcullis_store::CommitError;
use portcullis_store::record::DirectoryUserRecord;
use serde_json::json;

use crate::audit::{AuditEvent, By, OwnDoing};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::identity_center::access;
use crate::port::Facts;
use crate::service::{ATTEMPTS_MAX, Service};
use crate::snapshot::Snapshot;

pub use session::SignedIn;

/// What of all this lies in memory alone.
#[derive(Default)]
pub struct Desk {
    /// Passwords that are looked at one after the other.
    pub(crate) queue: queue::Queue,
    /// Wrong passwords and codes.
    pub(crate) attempts: attempts::Attempts,
    /// Clients that wait to be let in.
    pub(crate) waiting: device::Waiting,
    /// Authorization codes that were redeemed.
    pub(crate) spent: grant::Spent,
    /// Authenticators that are being set up.
    pub(crate) begun: authenticator::BegunAll,
    /// When sessions were last used.
    pub(crate) seen: session::Seen,
}

/// A refusal that a page or an answer can show as it is.
fn refused(status: u16, text: &str) -> ApiError {
    ApiError::caller("AccessDeniedException", status, text)
}

/// Whoever an event of the pages is about.
struct Actor<'a> {
    /// The user name, as it is or as it was given.
    name: &'a str,
    /// The user's id, if there is such a user.
    id: Option<&'a str>,
    /// The sign-in session.
    session: Option<&'a str>,
}

impl<'a> From<&'a DirectoryUserRecord> for Actor<'a> {
    fn from(user: &'a DirectoryUserRecord) -> Self {
        Self { name: &user.user_name, id: Some(&user.id), session: None }
    }
}

impl<'a> From<&'a SignedIn> for Actor<'a> {
    fn from(who: &'a SignedIn) -> Self {
        Self { session: Some(&who.session.id), ..Self::from(who.user.as_ref()) }
    }
}

/// An event of something a person did on the portal's pages (CloudTrail User Guide, "userIdentity element":
/// `IdentityCenterUser`). Who was not found is `Unknown`.
fn event<'a>(
    service: &Service,
    name: &'static str,
    who: impl Into<Actor<'a>>,
    facts: &Facts,
    details: serde_json::Value,
) -> AuditEvent {
    let who = who.into();
    let snapshot = service.snapshot();
    let store = snapshot.identity_center.instance().map(|instance| access::store_arn(instance));
    let account = service.settings.account;
    let identity = who.id.map_or_else(
        || json!({ "type": "Unknown", "accountId": account.to_string() }),
        |id| {
            json!({
                "type": "IdentityCenterUser",
                "accountId": account.to_string(),
                "onBehalfOf": { "userId": id, "identityStoreArn": store },
                "credentialId": who.session,
            })
        },
    );
    let by = By {
        identity,
        source_ip: facts.source_ip.to_canonical().to_string(),
        user_agent: facts.user_agent.clone(),
    };
    let doing = OwnDoing {
        name,
        source: "sso.amazonaws.com",
        username: Some(who.name.to_owned()),
        resources: Vec::new(),
        details,
    };
    doing.event_by(&by, &service.world, account, &service.settings.region)
}

/// Plans a change on the newest snapshot and writes it with its events, in turn with all others.
///
/// # Errors
/// Those of the plan; 503 when it could not be written.
async fn write<T>(
    service: &Arc<Service>,
    plan: impl Fn(&Snapshot, Timestamp, &mut Draft) -> Result<(T, Vec<AuditEvent>), ApiError>,
) -> Result<T, ApiError> {
    let _turn = service.writer.lock().await;
    for _ in 0..ATTEMPTS_MAX {
        let (snapshot, now) = (service.current()?, service.world.clock.now());
        let mut draft = Draft::new();
        let (made, events) = plan(&snapshot, now, &mut draft)?;
        match service.commit(draft, snapshot.epoch, events).await {
            Ok(_) => return Ok(made),
            Err(CommitError::Conflict) => service.catch_up().await,
            Err(CommitError::Store(error)) => return Err(ApiError::undetermined(&error)),
        }
    }
    Err(ApiError::unavailable())
}
