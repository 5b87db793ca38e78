//! Authenticator apps: set up by two codes that follow each other, asked for one at each sign-in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_base::{AccountId, Secret, Tags, Timestamp, UniqueId, UniqueIdKind};
use portcullis_store::record::{AuthenticatorRecord, MfaDeviceRecord, SignInRecord};
use portcullis_store::{Key, codec};
use serde_json::json;

use super::session::SignedIn;
use super::{event, password, refused, session, write};
use crate::actions::iam::qr_png;
use crate::error::ApiError;
use crate::mfa::{self, Codes, Unproved, base32, prove};
use crate::port::Facts;
use crate::service::Service;
use crate::snapshot::MfaDevice;

/// Bytes of a seed (RFC 4226 section 4: 160 bits).
const SEED_BYTES: usize = 20;
/// How long one may take to set an app up.
const BEGUN_FOR: Duration = Duration::from_mins(15);

struct Begun {
    id: UniqueId,
    seed: Secret,
    at: Timestamp,
}

/// Authenticators that are being set up, by user.
#[derive(Default)]
pub struct BegunAll(Mutex<HashMap<String, Begun>>);

/// What an app is told.
pub struct Shown {
    /// The seed, in base 32.
    pub key: Secret,
    /// The same as a picture (PNG) that an app reads.
    pub picture: Vec<u8>,
}

/// As the one that looks at codes knows devices. Its name is told to nobody.
fn device(account: AccountId, id: UniqueId, seed: Secret, since: Timestamp) -> Arc<MfaDevice> {
    let record = MfaDeviceRecord {
        id,
        account,
        name: id.to_string(),
        path: "/".to_owned(),
        created: since,
        tags: Tags::new(),
        sealed_seed: Vec::new(),
        assigned: None,
    };
    MfaDevice::new(record, seed)
}

async fn is_proved(service: &Service, device: &MfaDevice, codes: Codes<'_>) -> Result<bool, ApiError> {
    match prove(service, device, codes).await {
        Ok(_) => Ok(true),
        Err(Unproved::Refused) => Ok(false),
        Err(Unproved::Failed(error)) => Err(error),
    }
}

/// Whether a code is the user's, and fresh. It is used up.
///
/// # Errors
/// 503 when it could not be found out.
pub async fn is_right(service: &Service, held: &SignInRecord, code: &str) -> Result<bool, ApiError> {
    let Some(app) = &held.authenticator else { return Ok(true) };
    let opened = service.master.open(&Key::sign_in(&held.user).0, &app.sealed_seed);
    let seed = opened.map_err(|error| ApiError::undetermined(&error))?;
    let device = device(service.settings.account, app.id, seed, app.since);
    is_proved(service, &device, Codes::One(code.trim())).await
}

/// What was begun in a session that has ended meanwhile.
fn ended() -> ApiError {
    refused(401, "The sign-in session has ended. Sign in again.")
}

fn already() -> ApiError {
    refused(400, "There is an app already. Remove it before you set another up.")
}

/// Begins to set an app up. The one that there may be must be taken away first, which takes its code: whoever has found
/// the password out does not get past it so.
///
/// # Errors
/// 401 when the password is wrong, 400 when there is an app.
pub async fn begin(service: &Arc<Service>, who: &SignedIn, given: &str) -> Result<Shown, ApiError> {
    password::again(service, who, given).await?;
    if service.current()?.sign_ins.of(&who.user.id).is_some_and(|held| held.authenticator.is_some()) {
        return Err(already());
    }
    let mut bytes = zeroize::Zeroizing::new([0_u8; SEED_BYTES]);
    service.world.entropy.fill(bytes.as_mut());
    let seed = Secret::new(bytes.to_vec());
    let key = base32(&seed);
    let name: String = who.user.user_name.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    let text = format!("otpauth://totp/Portcullis:{name}?secret={}&issuer=Portcullis", key.expose_text());
    let picture = qr_png(&Secret::from(text))?;
    let now = service.world.clock.now();
    let id = UniqueId::generate(UniqueIdKind::MfaDevice, service.world.entropy.as_ref());
    let mut all = service.sign_in.begun.0.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|_, begun| now.since(begun.at) < BEGUN_FOR);
    all.insert(who.user.id.clone(), Begun { id, seed, at: now });
    Ok(Shown { key, picture })
}

/// Believes in an app that has shown two codes in a row.
///
/// # Errors
/// 400 when the codes are not its own, or it took too long.
pub async fn end(
    service: &Arc<Service>,
    facts: &Facts,
    who: &SignedIn,
    first: &str,
    second: &str,
) -> Result<(), ApiError> {
    let user = &who.user.id;
    let now = service.world.clock.now();
    let begun = {
        let all = service.sign_in.begun.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = all.get(user).filter(|begun| now.since(begun.at) < BEGUN_FOR);
        held.map(|begun| (begun.id, begun.seed.clone()))
    };
    let wrong = || {
        refused(
            400,
            "These are not two codes of the app in a row, of now. See that the clock of the phone is right, begin again, \
             and give the next two.",
        )
    };
    let (id, seed) = begun.ok_or_else(wrong)?;
    // Whoever was shown the key need not guess, so that nothing is counted.
    let shown = mfa::shown(&seed, first.trim(), second.trim(), now).ok_or_else(wrong)?;
    let sealed_seed = service.master.seal(&Key::sign_in(user).0, seed.expose_bytes());
    write(service, |snapshot, now, draft| {
        session::by_id(snapshot, &who.session.id, now).ok_or_else(ended)?;
        let mut record = snapshot.sign_ins.of(user).ok_or_else(wrong)?.as_ref().clone();
        if record.authenticator.is_some() {
            return Err(already());
        }
        let sealed_seed = sealed_seed.clone();
        record.authenticator = Some(AuthenticatorRecord { id, sealed_seed, since: now });
        draft.put_sign_in(&record);
        draft.put(Key::mfa_use(id), codec::to_bytes(&shown));
        let event =
            event(service, "CompleteVirtualMfaDeviceRegistration", who, facts, json!({ "userId": user }));
        Ok(((), vec![event]))
    })
    .await?;
    service.sign_in.begun.0.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    Ok(())
}

/// Takes the app away, for whoever has the password and the app.
///
/// # Errors
/// 401 when one of them is wrong.
pub async fn remove(
    service: &Arc<Service>,
    facts: &Facts,
    who: &SignedIn,
    given: &str,
    code: &str,
) -> Result<(), ApiError> {
    let user = &who.user.id;
    let both = async {
        password::again(service, who, given).await?;
        let held = service.current()?.sign_ins.of(user).map(Arc::clone);
        let held = held.ok_or_else(|| refused(400, "There is no app."))?;
        if !is_right(service, &held, code).await? {
            return Err(password::wrong());
        }
        Ok(held)
    };
    let held = password::in_its_time(service, both).await?;
    let app = held.authenticator.as_ref().map(|app| app.id);
    write(service, |snapshot, now, draft| {
        session::by_id(snapshot, &who.session.id, now).ok_or_else(ended)?;
        let Some(held) = snapshot.sign_ins.of(user) else { return Ok(((), Vec::new())) };
        if let Some(app) = app {
            draft.delete(Key::mfa_use(app));
        }
        draft.put_sign_in(&SignInRecord { authenticator: None, ..held.as_ref().clone() });
        let event = event(service, "DeleteMfaDeviceForUser", who, facts, json!({ "userId": user }));
        Ok(((), vec![event]))
    })
    .await
}
