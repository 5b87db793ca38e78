//! Sessions that were cut off one by one: there can be a million of them, and every request of every session asks
//! whether its own is among them. So the answer is one look into memory away from a small array, an entry takes some
//! thirty bytes, and a further one copies a few kilobytes.
//!
//! ```text
//! the random bits of an access key id -> one of 4,096 shards -> open addressing within it
//! ```

use std::sync::Arc;

use portcullis_base::AccessKeyId;
use portcullis_base::unique_id::AccessKeyKind;

/// Bits of an id that are random and nobody's choice: [`AccessKeyId::generate`].
const RANDOM_BITS: u32 = 39;
/// As many of them say in which shard it lies.
const SHARD_BITS: u32 = 12;
/// The others, where in the shard.
const PLACE_BITS: u32 = RANDOM_BITS - SHARD_BITS;
/// Slots by which a shard grows at least.
const GROWTH: usize = 4;

/// A cut: of which session, by which revocation, and whether what the session made is cut too.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Slot {
    session: [u8; 10],
    // The revocation's number; zero: nothing lies here.
    number: [u8; 8],
    cascades: bool,
}

const EMPTY: Slot = Slot { session: [0; 10], number: [0; 8], cascades: false };

/// Slots, at most three of four in use.
type Shard = Arc<[Slot]>;

/// Single sessions that are cut off.
#[derive(Clone)]
pub struct Shelf {
    shards: Arc<[Shard]>,
    used: usize,
}

/// One revocation of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The revocation's number.
    pub number: u64,
    /// Whether what the session made is cut too.
    pub cascades: bool,
}

/// Where a session belongs.
#[derive(Clone, Copy)]
struct Place {
    session: [u8; 10],
    random: u64,
}

impl Place {
    /// `None` for what is no id of a session: only those that this product made are, and they all have this form.
    fn of(session: &AccessKeyId) -> Option<Self> {
        if session.kind() != AccessKeyKind::Temporary {
            return None;
        }
        let [_, _, _, _, _, _, session @ ..] = session.bits()?.to_be_bytes();
        Some(Self::of_bytes(session))
    }

    fn of_bytes(session: [u8; 10]) -> Self {
        let [_, _, last @ ..] = session;
        Self { session, random: u64::from_be_bytes(last) & ((1 << RANDOM_BITS) - 1) }
    }

    fn shard(self) -> usize {
        usize::try_from(self.random >> PLACE_BITS).unwrap_or_default()
    }

    /// Of so many slots.
    fn first(self, slots: usize) -> usize {
        let place = u128::from(self.random & ((1 << PLACE_BITS) - 1));
        usize::try_from((place * slots as u128) >> PLACE_BITS).unwrap_or_default()
    }
}

impl Default for Shelf {
    fn default() -> Self {
        let nothing = Shard::from([]);
        Self { shards: std::iter::repeat_n(nothing, 1 << SHARD_BITS).collect(), used: 0 }
    }
}

/// Puts a cut into the first free slot from where it belongs; there is one.
fn put(slots: &mut [Slot], place: Place, slot: Slot) {
    let first = place.first(slots.len());
    let (before, after) = slots.split_at_mut(first.min(slots.len()));
    if let Some(free) = after.iter_mut().chain(before).find(|held| **held == EMPTY) {
        *free = slot;
    }
}

/// The same cuts, of those that are kept, in so many slots.
fn refilled(old: &[Slot], slots: usize, keep: impl Fn(&Slot) -> bool) -> Shard {
    let mut new = vec![EMPTY; slots];
    for slot in old.iter().filter(|slot| **slot != EMPTY && keep(slot)) {
        put(&mut new, Place::of_bytes(slot.session), *slot);
    }
    new.into()
}

impl Shelf {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.used
    }

    /// The revocations of a session.
    pub fn cuts(&self, session: &AccessKeyId) -> impl Iterator<Item = Cut> {
        let place = if self.used == 0 { None } else { Place::of(session) };
        let found = place.and_then(|place| self.shards.get(place.shard()).map(|shard| (place, shard)));
        found.into_iter().flat_map(|(place, shard)| {
            let (before, after) = shard.split_at(place.first(shard.len()).min(shard.len()));
            let held = after.iter().chain(before).take_while(|slot| **slot != EMPTY);
            held.filter(move |slot| slot.session == place.session)
                .map(|slot| Cut { number: u64::from_be_bytes(slot.number), cascades: slot.cascades })
        })
    }

    /// Cuts a session off. What is no session's id, or no revocation's number, changes nothing and is answered false.
    pub fn insert(&mut self, session: &AccessKeyId, cut: Cut) -> bool {
        let Some(place) = Place::of(session).filter(|_| cut.number != 0) else { return false };
        self.remove(session, cut.number);
        // Others go on reading the old ones.
        let Some(shard) = Arc::make_mut(&mut self.shards).get_mut(place.shard()) else { return false };
        let used = shard.iter().filter(|slot| **slot != EMPTY).count() + 1;
        if used * 4 > shard.len() * 3 {
            *shard = refilled(shard, used * 4 / 3 + used / 8 + GROWTH, |_| true);
        }
        let slot = Slot { session: place.session, number: cut.number.to_be_bytes(), cascades: cut.cascades };
        put(Arc::make_mut(shard), place, slot);
        self.used += 1;
        true
    }

    /// Takes one revocation of a session away; others of the same session stay.
    pub fn remove(&mut self, session: &AccessKeyId, number: u64) {
        if !self.cuts(session).any(|cut| cut.number == number) {
            return;
        }
        let Some(place) = Place::of(session) else { return };
        let Some(shard) = Arc::make_mut(&mut self.shards).get_mut(place.shard()) else { return };
        let number = number.to_be_bytes();
        let goes = |slot: &Slot| slot.session == place.session && slot.number == number;
        *shard = refilled(shard, shard.len(), |slot| !goes(slot));
        self.used -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use portcullis_base::AccountId;
    use portcullis_base::world::SystemEntropy;
    use proptest::prelude::*;

    use super::*;

    fn session(account: u64) -> AccessKeyId {
        let account = AccountId::from_number(account).unwrap();
        AccessKeyId::generate(AccessKeyKind::Temporary, account, &SystemEntropy)
    }

    fn numbers(shelf: &Shelf, session: &AccessKeyId) -> BTreeSet<u64> {
        shelf.cuts(session).map(|cut| cut.number).collect()
    }

    #[test]
    fn only_sessions_that_were_cut_are_found_and_entries_are_small() {
        let mut shelf = Shelf::default();
        let sessions: Vec<_> = (0..50_000).map(|_| session(123_456_789_012)).collect();
        for (number, id) in (1..).zip(&sessions) {
            assert!(shelf.insert(id, Cut { number, cascades: number % 2 == 0 }));
        }
        assert_eq!(shelf.len(), sessions.len());
        for (number, id) in (1..).zip(&sessions) {
            let cuts: Vec<_> = shelf.cuts(id).collect();
            assert_eq!(cuts, [Cut { number, cascades: number % 2 == 0 }]);
        }
        assert!((0..50_000).all(|_| shelf.cuts(&session(123_456_789_012)).next().is_none()));
        assert!(size_of::<Slot>() < 24);
    }

    #[test]
    fn what_is_no_session_is_not_taken() {
        let mut shelf = Shelf::default();
        let cut = Cut { number: 1, cascades: true };
        for id in ["AKIAIOSFODNN7EXAMPLE", "ASIA_not_of_this_form", "0000000000000000"] {
            assert!(!shelf.insert(&id.parse().unwrap(), cut), "{id}");
        }
        assert!(!shelf.insert(&session(1), Cut { number: 0, ..cut }));
        assert_eq!(shelf.len(), 0);
    }

    proptest! {
        #[test]
        fn it_is_a_map_from_sessions_to_numbers(
            steps in proptest::collection::vec((0_usize..6, 1_u64..4, any::<bool>()), 0..200),
        ) {
            let sessions: Vec<_> = (0..6).map(|_| session(1)).collect();
            let mut shelf = Shelf::default();
            let mut model: HashMap<usize, BTreeSet<u64>> = HashMap::new();
            for (at, number, is_cut) in steps {
                let before = (shelf.clone(), model.clone());
                if is_cut {
                    shelf.insert(&sessions[at], Cut { number, cascades: false });
                    model.entry(at).or_default().insert(number);
                } else {
                    shelf.remove(&sessions[at], number);
                    model.entry(at).or_default().remove(&number);
                }
                for (shelf, model) in [(&shelf, &model), (&before.0, &before.1)] {
                    for (at, id) in sessions.iter().enumerate() {
                        prop_assert_eq!(numbers(shelf, id), model.get(&at).cloned().unwrap_or_default());
                    }
                    prop_assert_eq!(shelf.len(), model.values().map(BTreeSet::len).sum::<usize>());
                }
            }
        }
    }
}
