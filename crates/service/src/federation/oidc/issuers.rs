//! The keys of issuers, kept for a while: which are known, when they are asked for again, and when they are given up.
//!
//! | what | how long |
//! |---|---|
//! | keys are used without asking | [`FRESH`] |
//! | between two attempts to fetch, whatever tokens say | [`PAUSE`] |
//! | keys go on when the issuer cannot be reached | [`KEPT`] |
//!
//! A provider's keys are its own: they were fetched from a server that its thumbprints vouch for, and are dropped when its
//! record changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portcullis_base::world::Clock;
use portcullis_base::{Timestamp, UniqueId};
use portcullis_store::record::OidcProviderRecord;
use serde_json::Value as Json;

use super::compact::Algorithm;
use super::json::Members;
use super::key::Key;
use crate::federation::fetch::{Fetch, FetchError, WAIT, Wanted};

/// How long keys are used before they are asked for again.
const FRESH: Duration = Duration::from_mins(5);
/// The least time between two attempts at one provider.
const PAUSE: Duration = Duration::from_secs(30);
/// How long keys go on when nobody can be asked.
const KEPT: Duration = Duration::from_hours(1);
/// Keys of one issuer.
const KEYS_MAX: usize = 100;
/// Providers whose keys are kept.
const ISSUERS_MAX: usize = 1000;

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoKey {
    /// The issuer has none of this name and kind.
    Unknown,
    /// The issuer cannot be asked.
    Unreachable,
}

/// The key that a token names.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Its name, if the token says one.
    pub kid: Option<&'a str>,
    /// What it is used with.
    pub algorithm: Algorithm,
}

/// The keys of all issuers that were asked for lately.
pub struct Issuers {
    fetch: Arc<dyn Fetch>,
    held: Mutex<HashMap<UniqueId, Arc<Issuer>>>,
}

/// One provider's issuer.
struct Issuer {
    record: OidcProviderRecord,
    known: Mutex<Option<Known>>,
    // Held while it is asked, so that nobody else asks meanwhile.
    turn: tokio::sync::Mutex<Turn>,
}

#[derive(Clone)]
struct Known {
    keys: Arc<[Arc<Key>]>,
    at: Timestamp,
}

#[derive(Default)]
struct Turn {
    tried: Option<Timestamp>,
    has_failed: bool,
}

impl Issuers {
    /// Knows nobody yet.
    pub fn new(fetch: Arc<dyn Fetch>) -> Self {
        Self { fetch, held: Mutex::default() }
    }

    /// The key of this provider's issuer that a token names.
    ///
    /// # Errors
    /// [`NoKey`].
    pub async fn key(
        &self,
        record: &OidcProviderRecord,
        named: Named<'_>,
        clock: &dyn Clock,
    ) -> Result<Arc<Key>, NoKey> {
        let issuer = self.issuer(record);
        if let Some(key) = issuer.known_within(FRESH, clock.now()).and_then(|known| known.find(named)) {
            return Ok(key);
        }
        let mut turn = issuer.turn.lock().await;
        let now = clock.now();
        // Somebody else may have asked meanwhile.
        if let Some(key) = issuer.known_within(FRESH, now).and_then(|known| known.find(named)) {
            return Ok(key);
        }
        if !turn.tried.is_some_and(|at| is_within(PAUSE, at, now)) {
            // Set before it is asked: whoever gives up waiting must not make others ask again.
            *turn = Turn { tried: Some(now), has_failed: true };
            match tokio::time::timeout(WAIT, self.ask(record)).await.unwrap_or(Err(FetchError::TooSlow)) {
                Ok(keys) => {
                    turn.has_failed = false;
                    issuer.learn(Known { keys, at: now });
                }
                Err(error) => {
                    tracing::warn!(provider = %record.name, %error, "the keys of an identity provider were not fetched");
                }
            }
        }
        match issuer.known_within(KEPT, now) {
            Some(known) => {
                let absent = if turn.has_failed { NoKey::Unreachable } else { NoKey::Unknown };
                known.find(named).ok_or(absent)
            }
            None => Err(NoKey::Unreachable),
        }
    }

    /// What is known of this provider; nothing if it is not the one that it was.
    fn issuer(&self, record: &OidcProviderRecord) -> Arc<Issuer> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(issuer) = held.get(&record.id).filter(|issuer| issuer.record == *record) {
            return Arc::clone(issuer);
        }
        if held.len() >= ISSUERS_MAX {
            // Whose keys are oldest is used least.
            let oldest = held.iter().min_by_key(|(_, issuer)| issuer.learned_at()).map(|(id, _)| *id);
            oldest.and_then(|id| held.remove(&id));
        }
        let issuer = Arc::new(Issuer {
            record: record.clone(),
            known: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        });
        held.insert(record.id, Arc::clone(&issuer));
        issuer
    }

    /// Asks the issuer where its keys are, and for them (OpenID Connect Discovery section 4).
    async fn ask(&self, record: &OidcProviderRecord) -> Result<Arc<[Arc<Key>]>, FetchError> {
        let unusable = |reason| FetchError::Unusable { reason };
        let issuer = format!("https://{}", record.name);
        let read = async |url: &str| {
            let bytes = self.fetch.fetch(Wanted { url, thumbprints: &record.thumbprints }).await?;
            Members::read(&bytes).ok_or(unusable("it is no JSON object"))
        };
        let about =
            read(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).await?;
        // Section 4.3: the document is that of another issuer otherwise.
        if about.member("issuer").and_then(Json::as_str) != Some(issuer.as_str()) {
            return Err(unusable("it names another issuer"));
        }
        let place = about.member("jwks_uri").and_then(Json::as_str).ok_or(unusable("it names no keys"))?;
        let set = read(place).await?;
        let keys = set.member("keys").and_then(Json::as_array).ok_or(unusable("it has no keys"))?;
        if keys.len() > KEYS_MAX {
            return Err(unusable("it has too many keys"));
        }
        Ok(keys.iter().filter_map(Key::read).map(Arc::new).collect())
    }
}

impl Issuer {
    fn known_within(&self, age: Duration, now: Timestamp) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| is_within(age, known.at, now)).cloned()
    }

    fn learn(&self, known: Known) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    fn learned_at(&self) -> Option<Timestamp> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|known| known.at)
    }
}

impl Known {
    /// The key that a token names; where it names none, the only one that it can be.
    fn find(&self, named: Named<'_>) -> Option<Arc<Key>> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.is_for(named.algorithm) && named.kid.is_none_or(|kid| key.is_named(kid)));
        let found = fitting.next()?;
        (named.kid.is_some() || fitting.next().is_none()).then(|| Arc::clone(found))
    }
}

/// Whether it is so long ago at most. What lies ahead was before the clock was set back, nobody knows how long.
fn is_within(age: Duration, at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.since(at) < age
}
