//! How people sign in, and where they are signed in. It lies in the snapshot so that whoever is signed out, anywhere, is
//! nobody to the very next call.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use portcullis_store::record::{PortalSessionRecord, SignInRecord};
use portcullis_store::{Key, key};

use super::apply::{Unreadable, is_place, last_part, read};

/// Sign-ins and their sessions.
#[derive(Clone, Default)]
pub struct SignIns {
    by_user: HashMap<String, Arc<SignInRecord>>,
    sessions: OrdMap<String, Arc<PortalSessionRecord>>,
    by_secret: HashMap<Vec<u8>, String>,
    // User and session.
    sessions_of: OrdSet<(String, String)>,
}

impl SignIns {
    /// What a user signs in with.
    pub fn of(&self, user: &str) -> Option<&Arc<SignInRecord>> {
        self.by_user.get(user)
    }

    /// A sign-in session, by its id.
    pub fn session(&self, id: &str) -> Option<&Arc<PortalSessionRecord>> {
        self.sessions.get(id)
    }

    /// A sign-in session, by the hash of the secret that the browser holds.
    pub fn by_secret(&self, hash: &[u8]) -> Option<&Arc<PortalSessionRecord>> {
        self.by_secret.get(hash).and_then(|id| self.sessions.get(id))
    }

    /// The sign-in sessions of a user, in the order of their ids.
    pub fn sessions_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Arc<PortalSessionRecord>> {
        self.sessions_of
            .range((Bound::Included((user.to_owned(), String::new())), Bound::Unbounded))
            .take_while(move |(held, _)| held == user)
            .filter_map(|(_, id)| self.sessions.get(id))
    }

    /// All sign-in sessions after an id, in the order of ids.
    pub fn sessions_after(&self, id: &str) -> impl Iterator<Item = &Arc<PortalSessionRecord>> {
        self.sessions.range::<_, str>((Bound::Excluded(id), Bound::Unbounded)).map(|(_, held)| held)
    }

    /// Puts a record of this family in; `false` if the family is none of these.
    pub(super) fn put(&mut self, family: &str, key: &Key, value: &[u8]) -> Result<bool, Unreadable> {
        match family {
            key::SIGN_INS => {
                let record: SignInRecord = read(key, value)?;
                is_place(key, &Key::sign_in(&record.user))?;
                self.by_user.insert(record.user.clone(), Arc::new(record));
            }
            key::PORTAL_SESSIONS => {
                let record: PortalSessionRecord = read(key, value)?;
                is_place(key, &Key::portal_session(&record.id))?;
                self.forget(&record.id);
                self.by_secret.insert(record.secret_hash.clone(), record.id.clone());
                self.sessions_of.insert((record.user.clone(), record.id.clone()));
                self.sessions.insert(record.id.clone(), Arc::new(record));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes a record of this family away; `false` if the family is none of these.
    pub(super) fn delete(&mut self, family: &str, key: &Key) -> bool {
        match family {
            key::SIGN_INS => drop(self.by_user.remove(last_part(key))),
            key::PORTAL_SESSIONS => self.forget(last_part(key)),
            _ => return false,
        }
        true
    }

    fn forget(&mut self, id: &str) {
        if let Some(old) = self.sessions.remove(id) {
            self.by_secret.remove(&old.secret_hash);
            self.sessions_of.remove(&(old.user.clone(), old.id.clone()));
        }
    }
}
