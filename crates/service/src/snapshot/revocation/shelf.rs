//! Sessions that were cut off one by one: there can be a million of them, and every request of every session asks
//! whether its own is among them. So the answer is two looks into memory away, an entry takes some thirty bytes, and a
//! further one copies a few kilobytes.
//!
//! ```text
//! the random bits of an access key id -> one of 4,096 shards -> open addressing within it
//! ```

use std::sync::Arc;

use portcullis_base::AccessKeyId;
use portcullis_base::unique_id::AccessKeyKind;

/// Bits of an id that say in which shard it lies.
const SHARD_BITS: u32 = 12;
const SHARDS: usize = 1 << SHARD_BITS;
/// Bits of an id that are random and nobody's choice: [`AccessKeyId::generate`].
const RANDOM_BITS: u32 = 39;

/// A cut: of which session, by which revocation, and whether what the session made is cut too.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Slot {
    session: [u8; 10],
    // The revocation's number; zero: nothing lies here.
    number: [u8; 8],
    cascades: bool,
}

const EMPTY: Slot = Slot { session: [0; 10], number: [0; 8], cascades: false };

/// Slots in a power of two, at most three of four in use.
#[derive(Clone, Default)]
struct Shard {
    slots: Vec<Slot>,
    used: usize,
}

/// Single sessions that are cut off.
#[derive(Clone)]
pub struct Shelf {
    shards: Arc<[Option<Arc<Shard>>]>,
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

impl Default for Shelf {
    fn default() -> Self {
        Self { shards: std::iter::repeat_n(None, SHARDS).collect(), used: 0 }
    }
}

/// The session's bits, and those of them that are random. `None` for what is no id of a session: only those that this
/// product made are, and they all have this form.
fn place(session: &AccessKeyId) -> Option<([u8; 10], u64)> {
    if session.kind() != AccessKeyKind::Temporary {
        return None;
    }
    let bits = session.bits()?;
    let [_, _, _, _, _, _, bytes @ ..] = bits.to_be_bytes();
    let random = u64::try_from(bits & ((1 << RANDOM_BITS) - 1)).unwrap_or_default();
    Some((bytes, random))
}

fn shard_of(random: u64) -> usize {
    usize::try_from(random >> (RANDOM_BITS - SHARD_BITS)).unwrap_or_default()
}

impl Shard {
    /// The slots from where a session belongs, once around.
    fn from(&self, random: u64) -> impl Iterator<Item = &Slot> {
        let first = usize::try_from(random).unwrap_or_default() & self.slots.len().saturating_sub(1);
        let (before, after) = self.slots.split_at(first.min(self.slots.len()));
        after.iter().chain(before)
    }

    fn insert(&mut self, random: u64, slot: Slot) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let length = self.slots.len();
        let first = usize::try_from(random).unwrap_or_default() & length.saturating_sub(1);
        let free = (0..length)
            .map(|step| (first + step) & (length - 1))
            .find(|at| self.slots.get(*at) == Some(&EMPTY));
        if let Some(held) = free.and_then(|at| self.slots.get_mut(at)) {
            *held = slot;
            self.used += 1;
        }
    }

    fn grow(&mut self) {
        let length = (self.slots.len() * 2).max(4);
        self.refill(length, |_| true);
    }

    /// Puts those that are kept into so many new slots.
    fn refill(&mut self, length: usize, keep: impl Fn(&Slot) -> bool) {
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; length]);
        self.used = 0;
        for slot in old.into_iter().filter(|slot| *slot != EMPTY && keep(slot)) {
            let bits = slot.session.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
            let random = u64::try_from(bits & ((1 << RANDOM_BITS) - 1)).unwrap_or_default();
            self.insert(random, slot);
        }
    }
}

impl Shelf {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.used
    }

    /// The revocations of a session.
    pub fn cuts(&self, session: &AccessKeyId) -> impl Iterator<Item = Cut> {
        let found = place(session).filter(|_| self.used > 0).and_then(|(bytes, random)| {
            let shard = self.shards.get(shard_of(random))?.as_ref()?;
            Some((bytes, shard.from(random)))
        });
        found.into_iter().flat_map(|(bytes, slots)| {
            let held = slots.take_while(|slot| **slot != EMPTY).filter(move |slot| slot.session == bytes);
            held.map(|slot| Cut { number: u64::from_be_bytes(slot.number), cascades: slot.cascades })
        })
    }

    /// The shard of a session, to be changed; others go on reading the old one.
    fn shard(&mut self, random: u64) -> Option<&mut Shard> {
        let shards = Arc::make_mut(&mut self.shards);
        let held = shards.get_mut(shard_of(random))?.get_or_insert_with(Arc::default);
        Some(Arc::make_mut(held))
    }

    /// Cuts a session off. What is no session's id, or a revocation's number, changes nothing and is answered false.
    pub fn insert(&mut self, session: &AccessKeyId, cut: Cut) -> bool {
        let Some((bytes, random)) = place(session).filter(|_| cut.number != 0) else { return false };
        self.remove(session, cut.number);
        let Some(shard) = self.shard(random) else { return false };
        shard.insert(
            random,
            Slot { session: bytes, number: cut.number.to_be_bytes(), cascades: cut.cascades },
        );
        self.used += 1;
        true
    }

    /// Takes one revocation of a session away; others of the same session stay.
    pub fn remove(&mut self, session: &AccessKeyId, number: u64) {
        if !self.cuts(session).any(|cut| cut.number == number) {
            return;
        }
        let Some((bytes, random)) = place(session) else { return };
        let Some(shard) = self.shard(random) else { return };
        let number = number.to_be_bytes();
        shard.refill(shard.slots.len(), |slot| slot.session != bytes || slot.number != number);
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
