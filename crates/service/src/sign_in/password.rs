//! Passwords of people: set by an administrator, changed by whoever knows the one before, and looked at when somebody
//! signs in.
//!
//! Whoever may not sign in is told nothing but that: not whether there is such a user, whether the password was right,
//! or whether the user is locked for a while; and it takes as long.

use std::sync::{Arc, OnceLock};

use portcullis_base::Secret;
use portcullis_base::name::FoldedName;
use portcullis_store::record::{DirectoryUserRecord, PasswordHashRecord, PortalSessionRecord, SignInRecord};
use portcullis_store::{Key, codec};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

use super::attempts::{From, Whose};
use super::session::{self, SignedIn};
use super::{Actor, authenticator, event, refused, write};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::password;
use crate::port::Facts;
use crate::service::Service;
use crate::snapshot::Snapshot;

/// Characters of a password (IAM Identity Center User Guide, "Password requirements").
const LENGTH: std::ops::RangeInclusive<usize> = 8..=64;
/// Longer texts are not even looked at.
const GIVEN_MAX: usize = 1024;

/// The one answer to whoever may not sign in.
pub(super) fn wrong() -> ApiError {
    refused(401, "The user name, the password or the code is not right.")
}

fn busy() -> ApiError {
    refused(429, "There are too many attempts from your address. Try again in a moment.")
}

/// Refuses a password that anybody could guess.
///
/// # Errors
/// `ValidationException`.
pub fn check(password: &str) -> Result<(), ApiError> {
    let has = |is: fn(char) -> bool| password.chars().any(is);
    let is_good = LENGTH.contains(&password.chars().count())
        && has(|letter| letter.is_ascii_lowercase())
        && has(|letter| letter.is_ascii_uppercase())
        && has(|letter| letter.is_ascii_digit())
        && has(|letter| !letter.is_ascii_alphanumeric() && !letter.is_whitespace() && !letter.is_control());
    if is_good {
        return Ok(());
    }
    Err(ApiError::caller(
        "ValidationException",
        400,
        "A password has 8 to 64 characters, among them lower-case and upper-case letters, digits and others.",
    ))
}

/// A password that is good for one sign-in, in which another must be chosen.
pub fn generated(service: &Service) -> Secret {
    // The ends see to it that every kind of character is there.
    format!("Aa1-{}", service.random_id(10)).into()
}

/// Hashes a password for a user. Slow.
///
/// # Errors
/// 500 when it cannot be hashed.
pub async fn sealed(service: &Arc<Service>, user: &str, password: Secret) -> Result<Vec<u8>, ApiError> {
    let (own, place) = (Arc::clone(service), Key::sign_in(user));
    let work = move || {
        let hash = password::hashed(&password, own.world.entropy.as_ref())?;
        Ok(own.master.seal(&place.0, &codec::to_bytes(&hash)))
    };
    service.passwords.work(work).await
}

/// Drafts that a user has this password from now on, and is signed in nowhere.
pub fn put(
    snapshot: &Snapshot,
    draft: &mut Draft,
    user: &str,
    sealed_hash: Vec<u8>,
    is_change_due: bool,
    now: portcullis_base::Timestamp,
) {
    let before = snapshot.sign_ins.of(user);
    draft.put_sign_in(&SignInRecord {
        user: user.to_owned(),
        sealed_hash: Some(sealed_hash),
        is_change_due,
        set: now,
        authenticator: before.and_then(|held| held.authenticator.clone()),
    });
    session::end_all(snapshot, draft, user);
}

/// Whether this is the password of a user; for a user without one, and for nobody, it takes as long. Slow.
async fn is_right(
    service: &Arc<Service>,
    turn: OwnedSemaphorePermit,
    held: Option<Arc<SignInRecord>>,
    password: Secret,
) -> Result<bool, ApiError> {
    let own = Arc::clone(service);
    let work = move || {
        let hash = held.as_ref().and_then(|held| {
            let sealed = held.sealed_hash.as_ref()?;
            let opened = own.master.open(&Key::sign_in(&held.user).0, sealed).ok()?;
            codec::from_bytes::<PasswordHashRecord>(opened.expose_bytes()).ok()
        });
        let is_there = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => nobodys(&own)?,
        };
        Ok(password::is_hash_of(&hash, &password)? && is_there)
    };
    service.passwords.work_in(turn, work).await
}

/// A hash that is no password's, to spend the same time on.
fn nobodys(service: &Service) -> Result<PasswordHashRecord, ApiError> {
    static HASH: OnceLock<PasswordHashRecord> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return Ok(hash.clone());
    }
    let made = password::hashed(&service.random_id(32).into(), service.world.entropy.as_ref())?;
    Ok(HASH.get_or_init(|| made).clone())
}

/// Looks at the password of whoever is signed in again, for something that takes it.
///
/// # Errors
/// 401 when it is wrong or not looked at, 429.
pub async fn again(service: &Arc<Service>, who: &SignedIn, given: &str) -> Result<(), ApiError> {
    let desk = &service.sign_in;
    // Apart from strangers' attempts: whoever guesses at the user's password keeps nobody from changing it.
    let _place = desk.attempts.turn(From::Session(who.session.id.clone())).ok_or_else(busy)?;
    let turn = service.passwords.own_turn().await?;
    let user = who.user.id.as_str();
    let counted = format!("{user}/{}", who.session.id);
    let is_looked_at = desk.attempts.begin(&Whose::Known(counted.clone()), service.world.clock.now());
    let held = service.current()?.sign_ins.of(user).map(Arc::clone).filter(|_| is_looked_at);
    let given: String = given.chars().take(GIVEN_MAX).collect();
    if !is_right(service, turn, held, given.into()).await? {
        return Err(wrong());
    }
    desk.attempts.right(&counted);
    Ok(())
}

/// Signs in: gives the secret that the browser keeps.
///
/// # Errors
/// 401 for whatever is not right, 429 for too much at once from one address, 503.
pub async fn sign_in(
    service: &Arc<Service>,
    facts: &Facts,
    name: &str,
    given: &str,
    code: &str,
) -> Result<Secret, ApiError> {
    let desk = &service.sign_in;
    let _place = desk.attempts.turn(From::address(facts.source_ip)).ok_or_else(busy)?;
    // Nothing is counted and no time runs before it is somebody's turn.
    let waiting = desk.queue.stand(facts.source_ip);
    let turn = waiting.wait(service.passwords.turn()).await.ok_or_else(busy)??;
    in_its_time(service, looked_at(service, facts, turn, name, given, code)).await
}

/// Lets a refusal come as late as every other, so that its time does not tell how far somebody got.
pub(super) async fn in_its_time<T>(
    service: &Service,
    attempt: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let end = Instant::now() + service.settings.portal.refusal;
    let outcome = attempt.await;
    if outcome.is_err() {
        sleep_until(end).await;
    }
    outcome
}

async fn looked_at(
    service: &Arc<Service>,
    facts: &Facts,
    turn: OwnedSemaphorePermit,
    name: &str,
    given: &str,
    code: &str,
) -> Result<Secret, ApiError> {
    let desk = &service.sign_in;
    let (snapshot, now) = (service.current()?, service.world.clock.now());
    let name: String = name.chars().take(GIVEN_MAX).collect();
    let user = snapshot.directory.user_named(&name).map(Arc::clone);
    let whose = match &user {
        Some(user) => Whose::Known(user.id.clone()),
        None => Whose::Unknown(FoldedName::new(&name).as_str().to_owned()),
    };
    let is_looked_at = desk.attempts.begin(&whose, now);
    let held = user.as_ref().and_then(|user| snapshot.sign_ins.of(&user.id)).map(Arc::clone);
    let password = given.chars().take(GIVEN_MAX).collect::<String>().into();
    let shown = held.clone().filter(|_| is_looked_at);
    let is_right = is_right(service, turn, shown, password).await?;
    let good = user.filter(|user| is_right && user.is_enabled);
    let Some((user, held)) = good.zip(held) else { return Err(failed(service, facts, &whose)) };
    if held.authenticator.is_some() && !authenticator::is_right(service, &held, code).await? {
        return Err(failed(service, facts, &whose));
    }
    let Some(secret) = begin(service, facts, &user, &held).await? else {
        return Err(failed(service, facts, &whose));
    };
    desk.attempts.right(&user.id);
    Ok(secret)
}

/// Notes an attempt that failed. A name that nobody has may be a password in the wrong place, and is not told.
fn failed(service: &Service, facts: &Facts, whose: &Whose) -> ApiError {
    let id = match whose {
        Whose::Known(id) => Some(id.as_str()),
        Whose::Unknown(_) => None,
    };
    let who = Actor { name: id.unwrap_or_default(), id, session: None };
    let event = event(service, "UserAuthentication", who, facts, json!({ "outcome": "Failure" }));
    match service.audit.append_unauthenticated(facts.source_ip, event) {
        Ok(()) => wrong(),
        Err(_) => ApiError::unavailable(),
    }
}

/// Begins a session, unless what was proved is not what holds any more.
async fn begin(
    service: &Arc<Service>,
    facts: &Facts,
    user: &DirectoryUserRecord,
    proved: &SignInRecord,
) -> Result<Option<Secret>, ApiError> {
    let secret: Secret = service.random_id(32).into();
    let is_begun = write(service, |snapshot, now, draft| {
        // As things are now: the hash took its time.
        let is_enabled = snapshot.directory.user(&user.id).is_some_and(|user| user.is_enabled);
        let is_the_same = snapshot.sign_ins.of(&user.id).is_some_and(|held| **held == *proved);
        if !is_enabled || !is_the_same {
            return Ok((false, Vec::new()));
        }
        let has_mfa = proved.authenticator.is_some();
        let record = session::made(service, facts, &user.id, &secret, has_mfa, now);
        session::make_room(snapshot, draft, &user.id, now);
        draft.put_portal_session(&record);
        let details =
            json!({ "outcome": "Success", "userId": user.id, "credentialId": record.id, "mfa": has_mfa });
        let event = event(service, "UserAuthentication", user, facts, details);
        Ok((true, vec![event]))
    })
    .await?;
    Ok(is_begun.then_some(secret))
}

/// Changes the password of whoever is signed in. They are signed out everywhere, programs that were let in included, and go
/// on here alone under the new secret that this gives.
///
/// # Errors
/// 400 for a password that anybody could guess, or the same one; 401 when the old one is wrong.
pub async fn change(
    service: &Arc<Service>,
    facts: &Facts,
    who: &SignedIn,
    old: &str,
    new: &str,
) -> Result<Secret, ApiError> {
    check(new)?;
    if old == new {
        return Err(ApiError::caller("ValidationException", 400, "The new password must be another one."));
    }
    again(service, who, old).await?;
    let sealed_hash = sealed(service, &who.user.id, new.to_owned().into()).await?;
    let secret: Secret = service.random_id(32).into();
    write(service, |snapshot, now, draft| {
        let session = snapshot.sign_ins.session(&who.session.id).ok_or_else(wrong)?;
        put(snapshot, draft, &who.user.id, sealed_hash.clone(), false, now);
        // Under another id, so that programs that the session let in are out as well.
        let (id, secret_hash) = (service.uuid(), session::hash(secret.expose_text()));
        draft.put_portal_session(&PortalSessionRecord { id, secret_hash, ..session.as_ref().clone() });
        let event = event(service, "UpdatePassword", who, facts, json!({ "userId": who.user.id }));
        Ok(((), vec![event]))
    })
    .await?;
    Ok(secret)
}
