//! Login profiles: a user's password, and the passwords before it. What is kept of one is its hash, sealed.
//!
//! Hashing is slow and so is done before the change is planned; the plan then asks whether everything is still as it
//! was.

use std::sync::Arc;

use portcullis_base::{Secret, UniqueId, Value};
use portcullis_store::record::{LoginProfileRecord, PasswordHashRecord};
use portcullis_store::{Key, codec};

use super::owner::Owner;
use super::password_rules;
use crate::action::Ask;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::password;
use crate::service::Service;
use crate::snapshot::User;

/// How many hashes are kept: what PasswordReusePrevention can ask for at most.
const HASHES_MAX: usize = 24;

/// The user that the input names or means. Root has no password here.
///
/// # Errors
/// `NoSuchEntity`; `ValidationError` when no user is named and the caller is none.
pub fn user<'a>(ask: &Ask<'a>) -> Result<&'a Arc<User>, ApiError> {
    match Owner::of(ask)? {
        Owner::User(user) => Ok(user),
        Owner::Root => {
            Err(ApiError::validation("Must specify userName when calling with non-User credentials"))
        }
    }
}

/// The user's password.
///
/// # Errors
/// `NoSuchEntity`.
pub fn find<'a>(ask: &Ask<'a>, user: &User) -> Result<&'a Arc<LoginProfileRecord>, ApiError> {
    ask.snapshot.belongings.login_of(user.record.id).ok_or_else(|| absent(&user.record.name))
}

/// The answer when a user has no password.
pub fn absent(name: &str) -> ApiError {
    ApiError::no_such_entity(format!("Login Profile for User {name} cannot be found."))
}

/// A login profile as answers have it.
pub fn shown(name: &str, record: &LoginProfileRecord) -> Value {
    Value::structure()
        .with("UserName", name)
        .with("CreateDate", record.created)
        .with("PasswordResetRequired", record.reset_required)
}

/// A password in the input.
///
/// # Errors
/// `ValidationError` when it is absent.
pub fn given(ask: &Ask<'_>, member: &str) -> Result<Secret, ApiError> {
    ask.text(member).map(|text| Secret::from(text.to_owned()))
}

/// A new password that was held against what the user had before, and its hash.
pub struct Prepared {
    before: Vec<Vec<u8>>,
    compared: usize,
    password: Secret,
    sealed_hash: Vec<u8>,
}

/// Hashes a new password and refuses it if the rules say that it was used too lately.
///
/// # Errors
/// `PasswordPolicyViolation`.
pub async fn prepare(flow: &Flow, user: UniqueId, password: Secret) -> Result<Prepared, ApiError> {
    let service = Arc::clone(&flow.service);
    let (place, before, compared) = {
        let ask = flow.ask();
        password_rules::check(&ask, password.expose_text())?;
        let before = ask.snapshot.belongings.login_of(user).map(|held| held.sealed_hashes.clone());
        (
            Key::login_profile(ask.account(), user),
            before.unwrap_or_default(),
            password_rules::reuse_prevention(&ask),
        )
    };
    let passwords = &flow.service.passwords;
    let work = move || {
        for sealed in before.iter().take(compared) {
            if is_of(&service, &place, sealed, &password)? {
                return Err(password_rules::reused());
            }
        }
        let hash = password::hashed(&password, service.world.entropy.as_ref())?;
        let sealed_hash = service.master.seal(&place.0, &codec::to_bytes(&hash));
        Ok(Prepared { before, compared, password, sealed_hash })
    };
    passwords.work(work).await
}

/// Whether the newest of a user's sealed hashes is of this password. Slow.
///
/// # Errors
/// 500 when it cannot be opened.
pub fn is_present(
    service: &Service,
    record: &LoginProfileRecord,
    password: &Secret,
) -> Result<bool, ApiError> {
    let place = Key::login_profile(record.account, record.user);
    record.sealed_hashes.first().map_or(Ok(false), |sealed| is_of(service, &place, sealed, password))
}

fn is_of(service: &Service, place: &Key, sealed: &[u8], password: &Secret) -> Result<bool, ApiError> {
    let opened = service.master.open(&place.0, sealed)?;
    let hash: PasswordHashRecord = codec::from_bytes(opened.expose_bytes())?;
    password::is_hash_of(&hash, password)
}

impl Prepared {
    /// The record with the new password, for the user's present record if there is one.
    ///
    /// # Errors
    /// `PasswordPolicyViolation` when the rules have changed against it; `EntityTemporarilyUnmodifiable` when another
    /// password was set meanwhile, or more of the old ones must be asked than were.
    pub fn record(
        &self,
        ask: &Ask<'_>,
        user: &User,
        reset_required: bool,
    ) -> Result<LoginProfileRecord, ApiError> {
        password_rules::check(ask, self.password.expose_text())?;
        let present = ask.snapshot.belongings.login_of(user.record.id);
        let before = present.map(|held| held.sealed_hashes.as_slice()).unwrap_or_default();
        if before != self.before || password_rules::reuse_prevention(ask) > self.compared {
            return Err(ApiError::caller(
                "EntityTemporarilyUnmodifiable",
                409,
                format!("The password of user {} is being changed. Try again.", user.record.name),
            ));
        }
        let hashes = std::iter::once(&self.sealed_hash).chain(before).take(HASHES_MAX);
        Ok(LoginProfileRecord {
            user: user.record.id,
            account: user.record.account,
            created: present.map_or(ask.now, |held| held.created),
            changed: ask.now,
            reset_required,
            sealed_hashes: hashes.cloned().collect(),
        })
    }
}
