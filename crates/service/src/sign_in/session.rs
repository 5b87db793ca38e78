//! Sign-in sessions: who holds one, how long it lasts, and how it ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_base::{Secret, Timestamp};
use portcullis_store::Key;
use portcullis_store::record::{DirectoryUserRecord, PortalSessionRecord};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{event, write};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::port::Facts;
use crate::service::Service;
use crate::snapshot::Snapshot;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// However much they are used, for the sessions that begin from then on (IAM Identity Center User Guide, "Configure the session duration": 15 minutes to 90 days).
    pub life: Duration,
    /// How long its pages go on without being used. Command lines go on: their tokens last as long as the session.
    pub idle: Duration,
    /// How long it takes until whoever may not sign in is told so, whatever it is that was wrong.
    pub refusal: Duration,
}

impl Default for Times {
    /// 8 hours, as AWS's; an hour; and longer than it takes to look at a password and a code.
    fn default() -> Self {
        let (life, idle) = (Duration::from_hours(8), Duration::from_hours(1));
        Self { life, idle, refusal: Duration::from_millis(100) }
    }
}

/// Sessions of one user; with one more the oldest ends.
const SESSIONS_MAX: usize = 50;
/// The longest text kept of a user agent.
const AGENT_MAX: usize = 256;

/// Who has signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Arc<PortalSessionRecord>,
    /// The user.
    pub user: Arc<DirectoryUserRecord>,
}

/// When sessions were last used, as far as this node has seen.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<String, Use>>);

struct Use {
    last: Timestamp,
    // Of the session: until then it counts that it was not used.
    expires: Timestamp,
}

/// With more sessions than this, those that have expired are forgotten.
const SEEN: usize = 100_000;

impl Seen {
    fn see(&self, session: &PortalSessionRecord, now: Timestamp) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= SEEN && !held.contains_key(&session.id) {
            held.retain(|_, held| now < held.expires);
        }
        held.insert(session.id.clone(), Use { last: now, expires: session.expires });
    }

    /// The last use; after a start nothing is known, and nobody is idle for that.
    fn last(&self, id: &str) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).map(|held| held.last)
    }
}

/// What is kept of a secret.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// The session of this id, if it is good for anything: it has not ended, and its user is there and enabled.
pub fn by_id(snapshot: &Snapshot, id: &str, now: Timestamp) -> Option<SignedIn> {
    let session = snapshot.sign_ins.session(id).filter(|held| now < held.expires)?;
    let user = snapshot.directory.user(&session.user).filter(|user| user.is_enabled)?;
    Some(SignedIn { session: Arc::clone(session), user: Arc::clone(user) })
}

/// Who holds the secret of a session whose pages were used lately. Asking is using it.
pub fn by_secret(service: &Service, secret: &str) -> Option<SignedIn> {
    let (snapshot, now) = (service.current().ok()?, service.world.clock.now());
    let held = snapshot.sign_ins.by_secret(&hash(secret))?;
    let found = by_id(&snapshot, &held.id, now)?;
    let (seen, idle) = (&service.sign_in.seen, service.settings.portal.idle);
    if seen.last(&held.id).is_some_and(|last| now.since(last) >= idle) {
        return None;
    }
    seen.see(held, now);
    Some(found)
}

/// Who holds the secret of a session, whether its pages were used lately or not: to end it.
pub fn of_secret(service: &Service, secret: &str) -> Option<SignedIn> {
    let snapshot = service.current().ok()?;
    let held = snapshot.sign_ins.by_secret(&hash(secret))?;
    by_id(&snapshot, &held.id, service.world.clock.now())
}

/// When a session was last used, as far as is known.
pub fn last_used(service: &Service, session: &PortalSessionRecord) -> Timestamp {
    service.sign_in.seen.last(&session.id).unwrap_or(session.created)
}

/// Whether a password of their own must be chosen before anything else.
pub fn is_change_due(service: &Service, who: &SignedIn) -> bool {
    service.snapshot().sign_ins.of(&who.user.id).is_none_or(|held| held.is_change_due)
}

/// The record of a new session.
pub(super) fn made(
    service: &Service,
    facts: &Facts,
    user: &str,
    secret: &Secret,
    has_mfa: bool,
    now: Timestamp,
) -> PortalSessionRecord {
    let agent = facts.user_agent.as_deref().unwrap_or_default();
    PortalSessionRecord {
        id: service.uuid(),
        user: user.to_owned(),
        secret_hash: hash(secret.expose_text()),
        created: now,
        expires: now.plus(service.settings.portal.life),
        source_ip: facts.source_ip.to_canonical().to_string(),
        user_agent: agent.chars().take(AGENT_MAX).collect(),
        has_mfa,
    }
}

/// Ends what is over, and the oldest of too many.
pub(super) fn make_room(snapshot: &Snapshot, draft: &mut Draft, user: &str, now: Timestamp) {
    let mut held: Vec<_> = snapshot.sign_ins.sessions_of(user).collect();
    held.sort_by_key(|session| session.created);
    let over = held.len().saturating_sub(SESSIONS_MAX - 1);
    for (place, session) in held.iter().enumerate() {
        if place < over || now >= session.expires {
            draft.delete(Key::portal_session(&session.id));
        }
    }
}

/// Drafts the end of all sessions of a user.
pub fn end_all(snapshot: &Snapshot, draft: &mut Draft, user: &str) {
    let ended: Vec<Key> =
        snapshot.sign_ins.sessions_of(user).map(|held| Key::portal_session(&held.id)).collect();
    for key in ended {
        draft.delete(key);
    }
}

/// Signs out of a session of one's own; nothing happens if it is over.
///
/// # Errors
/// 503 when it could not be written.
pub async fn end(service: &Arc<Service>, facts: &Facts, who: &SignedIn, id: &str) -> Result<(), ApiError> {
    write(service, |snapshot, _, draft| {
        let is_own = snapshot.sign_ins.session(id).is_some_and(|held| held.user == who.user.id);
        if !is_own {
            return Ok(((), Vec::new()));
        }
        draft.delete(Key::portal_session(id));
        let event = event(service, "Logout", who, facts, json!({ "credentialId": id }));
        Ok(((), vec![event]))
    })
    .await
}

/// The user's own sessions that are not over, the newest first.
pub fn all_of(service: &Service, who: &SignedIn) -> Vec<Arc<PortalSessionRecord>> {
    let (snapshot, now) = (service.snapshot(), service.world.clock.now());
    let held = snapshot.sign_ins.sessions_of(&who.user.id).filter(|held| now < held.expires);
    let mut held: Vec<_> = held.map(Arc::clone).collect();
    held.sort_by_key(|session| std::cmp::Reverse(session.created));
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_is_remembered_until_it_expires_however_many_there_are() {
        let (seen, start) = (Seen::default(), Timestamp::from_seconds(1_000_000));
        let session = |id: String| PortalSessionRecord {
            id,
            user: String::new(),
            secret_hash: Vec::new(),
            created: start,
            expires: start.plus(Duration::from_hours(8)),
            source_ip: String::new(),
            user_agent: String::new(),
            has_mfa: false,
        };
        seen.see(&session("idle".to_owned()), start);
        let later = start.plus(Duration::from_hours(2));
        for number in 0..=SEEN {
            seen.see(&session(number.to_string()), later);
        }
        assert_eq!(seen.last("idle"), Some(start));
        seen.see(&session("last".to_owned()), start.plus(Duration::from_hours(9)));
        assert_eq!(seen.last("idle"), None);
    }
}
