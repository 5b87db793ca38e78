//! Clients that wait to be let in: each has a code of its own, and shows its user another one to type into the portal.
//!
//! A user code has eight letters of twenty: 2.56 · 10^10. Whoever wants to guess one must be signed in, and has
//! [`GUESSES`] wrong ones in the ten minutes that a code lives: a chance of 8 · 10^-10 for each code that waits.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_base::Timestamp;
use sha2::{Digest, Sha256};

use super::client::Client;
use super::fair::{Line, Place};
use super::refused;
use crate::error::ApiError;
use crate::service::Service;

/// How long a client may wait (SSO OIDC API reference, StartDeviceAuthorization).
pub const LIFE: Duration = Duration::from_mins(10);
/// Seconds between two questions of a client.
pub const INTERVAL_S: u64 = 1;
/// What each question that came too soon adds.
const SLOWER_S: u64 = 5;
/// Letters without vowels, so that no words come of them, and without those that look alike.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Clients that wait at once; of more, one of the network with the most is forgotten.
const WAITING_MAX: usize = 100_000;
/// Wrong codes that a user may type in the life of a code.
pub const GUESSES: usize = 20;

/// What has been said of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    /// Nothing yet.
    Nothing,
    /// It is let in, by whoever signed in here.
    Yes(String),
    /// It is not.
    No,
}

/// One that waits. Of its registration no more is kept than is told: strangers choose how long that is.
struct Entry {
    place: Place,
    user_code: String,
    client_id: String,
    client_name: String,
    from: IpAddr,
    at: Timestamp,
    said: Said,
    asked: Option<Timestamp>,
    interval_s: u64,
}

impl Entry {
    fn shown(&self) -> Shown {
        let (code, client) = (shown(&self.user_code), self.client_name.clone());
        Shown { code, client, from: self.from, at: self.at }
    }
}

#[derive(Default)]
struct Held {
    // By the hash of the device's code.
    entries: HashMap<Vec<u8>, Entry>,
    by_user_code: HashMap<String, Vec<u8>>,
    line: Line,
    guesses: HashMap<String, VecDeque<Timestamp>>,
}

/// Clients that wait to be let in.
#[derive(Default)]
pub struct Waiting(Mutex<Held>);

/// The two codes of a client.
pub struct Codes {
    /// The client's own.
    pub device: String,
    /// What its user types: `XXXX-XXXX`.
    pub user: String,
}

/// A client as its user sees it.
pub struct Shown {
    /// The code.
    pub code: String,
    /// How the client calls itself.
    pub client: String,
    /// From where it asked.
    pub from: IpAddr,
    /// When.
    pub at: Timestamp,
}

/// What a client that asks again is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody has said anything.
    Pending,
    /// It asks too often.
    SlowDown,
    /// It was not let in.
    Denied,
    /// There is no such code, or no more.
    Expired,
    /// It is let in, by whoever signed in here; told once.
    LetIn(String),
}

fn hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

/// Letters in upper case, wherever somebody put hyphens or blanks.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_uppercase())
        .take(16)
        .collect()
}

fn shown(code: &str) -> String {
    let (first, second) = code.split_at_checked(4).unwrap_or((code, ""));
    format!("{first}-{second}")
}

impl Held {
    fn forget(&mut self, key: &[u8]) {
        if let Some(old) = self.entries.remove(key) {
            self.by_user_code.remove(&old.user_code);
            self.line.remove(old.place);
        }
    }

    /// Makes room: what is over goes first, then whoever has to give way.
    fn make_room(&mut self, now: Timestamp) {
        let is_over = |entry: &Entry| now.since(entry.at) >= LIFE;
        while let Some(key) = self.line.first().map(<[u8]>::to_vec)
            && self.entries.get(&key).is_some_and(is_over)
        {
            self.forget(&key);
        }
        while self.entries.len() >= WAITING_MAX
            && let Some(key) = self.line.gives_way().map(<[u8]>::to_vec)
        {
            self.forget(&key);
        }
    }

    /// What nobody has said anything of under a code that a user typed.
    fn find(&mut self, user: &str, code: &str, now: Timestamp) -> Result<&mut Entry, ApiError> {
        if !self.may_guess(user, now) {
            return Err(refused(429, "There were too many codes that are none. Try again in ten minutes."));
        }
        let is_open = |entry: &Entry| now.since(entry.at) < LIFE && entry.said == Said::Nothing;
        let key = self.by_user_code.get(&plain(code)).cloned();
        let key = key.filter(|key| self.entries.get(key).is_some_and(is_open));
        let entry = if let Some(key) = key {
            self.entries.get_mut(&key)
        } else {
            self.guesses.entry(user.to_owned()).or_default().push_back(now);
            None
        };
        entry.ok_or_else(|| {
            refused(
                404,
                "Nothing waits under this code. Look at it again, or begin anew in your command line.",
            )
        })
    }

    /// Whether a user may type one more code.
    fn may_guess(&mut self, user: &str, now: Timestamp) -> bool {
        let guesses = self.guesses.entry(user.to_owned()).or_default();
        guesses.retain(|at| now.since(*at) < LIFE);
        guesses.len() < GUESSES
    }
}

impl Waiting {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a client wait.
    pub fn begin(&self, service: &Service, client: Client, from: IpAddr) -> Codes {
        let now = service.world.clock.now();
        let device = service.random_id(32);
        let mut held = self.held();
        held.make_room(now);
        let user_code = loop {
            let code = letters(service);
            if !held.by_user_code.contains_key(&code) {
                break code;
            }
        };
        let key = hash(&device);
        held.by_user_code.insert(user_code.clone(), key.clone());
        let place = held.line.push(from, key.clone());
        let user = shown(&user_code);
        let said = Said::Nothing;
        let (client_id, client_name) = (client.id, client.name);
        let (asked, interval_s) = (None, INTERVAL_S);
        let entry =
            Entry { place, user_code, client_id, client_name, from, at: now, said, asked, interval_s };
        held.entries.insert(key, entry);
        Codes { device, user }
    }

    /// What a user who has signed in sees under a code.
    ///
    /// # Errors
    /// 404 for a code that nobody waits under, 429 after too many of those.
    pub fn find(&self, user: &str, code: &str, now: Timestamp) -> Result<Shown, ApiError> {
        self.held().find(user, code, now).map(|entry| entry.shown())
    }

    /// Lets a client in, by a session, or not.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn decide(
        &self,
        user: &str,
        session: &str,
        code: &str,
        is_allowed: bool,
        now: Timestamp,
    ) -> Result<Shown, ApiError> {
        // Found and said under one lock: of two who say something at once one is believed.
        let mut held = self.held();
        let entry = held.find(user, code, now)?;
        entry.said = if is_allowed { Said::Yes(session.to_owned()) } else { Said::No };
        Ok(entry.shown())
    }

    /// What a client is told that asks with its code.
    pub fn ask(&self, client: &str, device: &str, now: Timestamp) -> Answer {
        let key = hash(device);
        let mut held = self.held();
        let Some(entry) = held.entries.get_mut(&key).filter(|entry| entry.client_id == client) else {
            return Answer::Expired;
        };
        if now.since(entry.at) >= LIFE {
            held.forget(&key);
            return Answer::Expired;
        }
        let is_soon =
            entry.asked.is_some_and(|asked| now.since(asked) < Duration::from_secs(entry.interval_s));
        entry.asked = Some(now);
        match entry.said.clone() {
            Said::Nothing if is_soon => {
                entry.interval_s = entry.interval_s.saturating_add(SLOWER_S).min(60);
                Answer::SlowDown
            }
            Said::Nothing => Answer::Pending,
            Said::No => {
                held.forget(&key);
                Answer::Denied
            }
            Said::Yes(session) => {
                held.forget(&key);
                Answer::LetIn(session)
            }
        }
    }
}

/// Eight letters, each as likely as the others.
fn letters(service: &Service) -> String {
    let mut code = String::with_capacity(8);
    while code.len() < 8 {
        let mut drawn = [0_u8; 16];
        service.world.entropy.fill(&mut drawn);
        // Of 256 values, 240 are twelve times the alphabet; the rest would favour its beginning.
        let fair = drawn.iter().filter(|byte| **byte < 240);
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
        code.extend(letters.map(|letter| char::from(*letter)).take(8 - code.len()));
    }
    code
}
