//! How a session is found: one order of all, from the oldest to the newest, and for each thing that it can be found by
//! a fingerprint beside its place in that order.
//!
//! ```text
//! places        (issued, tie) -> session
//! by_key        session, by its access key id
//! fingerprints  (fingerprint, issued, tie)
//! ```
//!
//! A fingerprint is a hash: two things can have the same one. Whoever follows it compares the session itself.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp, UniqueId};

use super::live::Live;

/// Where a session stands in the order of all: by the instant of its issue. The same on every node and after every
/// start, so that it can be the place between two pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    issued: i64,
    tie: u64,
}

/// Something that sessions have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Trait<'a> {
    Account(AccountId),
    Principal(UniqueId),
    /// The root user's.
    Root(AccountId),
    Name(&'a str),
    SourceIdentity(&'a str),
    /// A user of the identity store.
    Person(&'a str),
    /// An access key somewhere in the chain.
    Ancestor(&'a str),
    Token(u64),
}

/// All sessions.
#[derive(Default)]
pub(super) struct Index {
    places: BTreeMap<Place, Arc<Live>>,
    by_key: HashSet<ByKey>,
    fingerprints: BTreeSet<(u64, Place)>,
}

struct ByKey(Arc<Live>);

impl Borrow<str> for ByKey {
    fn borrow(&self) -> &str {
        self.0.access_key_id.as_str()
    }
}

impl Hash for ByKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.access_key_id.as_str().hash(state);
    }
}

impl PartialEq for ByKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.access_key_id == other.0.access_key_id
    }
}

impl Eq for ByKey {}

fn hash_of(thing: &impl Hash) -> u64 {
    // Without a random key: the same in every process.
    let mut hasher = DefaultHasher::new();
    thing.hash(&mut hasher);
    hasher.finish()
}

impl Place {
    /// Where this session belongs.
    pub(super) fn of(live: &Live) -> Self {
        Self { issued: live.issued.millis(), tie: hash_of(&live.access_key_id.as_str()) }
    }

    /// Before all that were issued at this instant or later.
    pub(super) fn before(instant: Timestamp) -> Self {
        Self { issued: instant.millis(), tie: 0 }
    }

    /// As text, for a token.
    pub fn text(self) -> String {
        format!("{:x}/{:x}", self.issued, self.tie)
    }

    /// From its text.
    pub fn of_text(text: &str) -> Option<Self> {
        let (issued, tie) = text.split_once('/')?;
        Some(Self { issued: i64::from_str_radix(issued, 16).ok()?, tie: u64::from_str_radix(tie, 16).ok()? })
    }
}

/// What a session can be found by.
fn traits(live: &Live) -> impl Iterator<Item = Trait<'_>> {
    let owner = live.principal.map_or(Trait::Root(live.account), Trait::Principal);
    [Trait::Account(live.account), owner]
        .into_iter()
        .chain(live.name.as_deref().map(Trait::Name))
        .chain(live.source_identity.as_deref().map(Trait::SourceIdentity))
        .chain(live.person.as_deref().map(Trait::Person))
        .chain(live.token_mark.map(Trait::Token))
        .chain(live.ancestors().map(Trait::Ancestor))
}

impl Trait<'_> {
    /// Whether the session has it.
    pub(super) fn is_of(&self, live: &Live) -> bool {
        traits(live).any(|held| held == *self)
    }
}

impl Index {
    #[expect(
        clippy::mutable_key_type,
        reason = "hash and equality look at the access key id, which never changes"
    )]
    /// The index of these sessions, made at once, which takes less time and memory than one by one.
    pub(super) fn of(sessions: Vec<Arc<Live>>) -> Self {
        let fingerprints: BTreeSet<(u64, Place)> = sessions
            .iter()
            .flat_map(|live| {
                let place = Place::of(live);
                traits(live).map(move |it| (hash_of(&it), place))
            })
            .collect();
        let by_key = sessions.iter().map(|live| ByKey(Arc::clone(live))).collect();
        let places = sessions.into_iter().map(|live| (Place::of(&live), live)).collect();
        Self { places, by_key, fingerprints }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn get(&self, access_key_id: &str) -> Option<&Arc<Live>> {
        self.by_key.get(access_key_id).map(|held| &held.0)
    }

    /// Takes in a session that is not in yet.
    pub(super) fn insert(&mut self, live: Arc<Live>) {
        let place = Place::of(&live);
        self.fingerprints.extend(traits(&live).map(|it| (hash_of(&it), place)));
        self.by_key.insert(ByKey(Arc::clone(&live)));
        self.places.insert(place, live);
    }

    pub(super) fn remove(&mut self, access_key_id: &str) {
        let Some(ByKey(live)) = self.by_key.take(access_key_id) else { return };
        let place = Place::of(&live);
        for it in traits(&live) {
            self.fingerprints.remove(&(hash_of(&it), place));
        }
        self.places.remove(&place);
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Live>> {
        self.places.values()
    }

    /// The next sessions from before this place on, the newest first, so many at most.
    pub(super) fn next(&self, before: Option<Place>, most: usize) -> Vec<Arc<Live>> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.places.range((Bound::Unbounded, end)).rev();
        range.take(most).map(|(_, live)| Arc::clone(live)).collect()
    }

    /// The same of those that probably have one of these in common.
    pub(super) fn next_with(&self, any: &[Trait<'_>], before: Option<Place>, most: usize) -> Vec<Arc<Live>> {
        let least = Place { issued: i64::MIN, tie: 0 };
        let most_of_all = Place { issued: i64::MAX, tie: u64::MAX };
        let mut places: Vec<Place> = Vec::new();
        for it in any {
            let print = hash_of(it);
            let end = before.map_or(Bound::Included((print, most_of_all)), |at| Bound::Excluded((print, at)));
            let range = self.fingerprints.range((Bound::Included((print, least)), end)).rev();
            places.extend(range.take(most).map(|(_, place)| *place));
        }
        places.sort_unstable_by(|one, other| other.cmp(one));
        places.dedup();
        places.truncate(most);
        places.iter().filter_map(|place| self.places.get(place)).map(Arc::clone).collect()
    }
}
