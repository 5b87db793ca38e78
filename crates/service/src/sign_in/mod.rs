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

pub mod attempts;
pub mod authenticator;
pub mod client;
pub mod device;
pub mod grant;
pub mod password;
pub mod session;
pub mod token;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use portcullis_base::Timestamp;
use portcullis_store::CommitError;

use crate::audit::{AuditEvent, OwnDoing};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::port::Facts;
use crate::service::{ATTEMPTS_MAX, Service};
use crate::snapshot::Snapshot;

pub use session::SignedIn;

/// What of all this lies in memory alone.
#[derive(Default)]
pub struct Desk {
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

/// An event of something a person did on the portal's pages.
fn event(
    service: &Service,
    name: &'static str,
    who: &str,
    facts: &Facts,
    details: serde_json::Value,
) -> AuditEvent {
    let mut details = details;
    if let Some(members) = details.as_object_mut() {
        members.insert("sourceIPAddress".to_owned(), facts.source_ip.to_canonical().to_string().into());
    }
    let doing = OwnDoing {
        name,
        source: "sso.amazonaws.com",
        username: Some(who.to_owned()),
        resources: Vec::new(),
        details,
    };
    doing.event(&service.world, service.settings.account, &service.settings.region)
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
